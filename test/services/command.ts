import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What a command is given besides its arguments. */
export interface CommandOptions {
  /** Added to this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** After which it is killed; default one minute. */
  readonly timeoutMs?: number;
}

/** The full path of a program on the PATH; undefined if it is not there. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a command to its end.
 *
 * @returns What it wrote to its standard output.
 * @throws {Error} It could not be run, took too long or failed; the message ends with the last line of its complaint.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      env: { ...process.env, ...options.environment },
      timeout: options.timeoutMs ?? 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    throw new Error(`${[program, ...args].join(" ")} failed: ${complaint(error)}`, { cause: error });
  }
}

function complaint(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
  const lines = (stderr ?? "").trim().split("\n");
  return lines.at(-1) || message;
}
