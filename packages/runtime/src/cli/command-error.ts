import { inspect } from "node:util";

/** What a command cannot do, in words for whoever typed it: printed without a stack. */
export class CommandError extends Error {
  /** @param options - `cause`: an error of the user's own code, whose stack is printed, too. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
  }
}

/** An error as it is printed: one line where we know what it is, with a stack where it is somebody's bug. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${inspect(error)}`;
  if (hasCode(error)) return `error: ${error.message}`;
  if (!(error instanceof CommandError)) return `error: ${inspect(error)}`;
  return [`error: ${error.message}`, ...stackOf(error.cause)].join("\n");
}

/** Whether it is one of Umbel's own errors, also of another copy of the package. */
function hasCode(error: Error): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && OURS.has(code);
}

const OURS: ReadonlySet<string> = new Set([
  "INVALID_OPTION",
  "BROKER_UNAVAILABLE",
  "STORE_UNAVAILABLE",
  "FLOW_NOT_FOUND",
]);

/** That of a module that cannot be parsed is Node's to show. */
function stackOf(cause: unknown): readonly string[] {
  if (cause === undefined || cause instanceof SyntaxError) return [];
  return [inspect(cause)];
}
