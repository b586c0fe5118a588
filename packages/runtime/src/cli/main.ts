import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CommandError, explain } from "./command-error.ts";
import { addFlowCommand } from "./flow.ts";
import { addWorkerCommand } from "./worker.ts";

// n.b. whatever the user's module left open, the command has ended.
process.exit(await main(process.argv));

/** Exit codes: 0 it ended well, 1 it failed, 2 a mistake in the command line. */
async function main(line: readonly string[]): Promise<number> {
  try {
    await newProgram().parseAsync(line);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${explain(error)}\n`);
    throwIfUnparsable(error);
    return 1;
  }
}

/** n.b. where a module cannot be parsed, only Node knows, and shows only of what nobody catches. It then exits with 1. */
function throwIfUnparsable(error: unknown): void {
  if (error instanceof CommandError && error.cause instanceof SyntaxError) throw error.cause;
}

function newProgram(): Command {
  const program = new Command("umbel");
  program
    .description("Celery's canvas for TypeScript: its workers and flows.")
    .version(version())
    .exitOverride();
  addWorkerCommand(program);
  addFlowCommand(program);
  return program;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
