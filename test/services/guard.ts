import { spawn } from "node:child_process";

/** Sees to it that what was started ends, however this process does: also by SIGKILL, when no handler of ours runs. */
export interface Guard {
  /** Hands a line to the script's standard input. */
  tell(line: string): void;
  /** Ends the guard without running what it stood ready to do. */
  dismiss(): void;
}

/**
 * Starts a shell script that is to act when its standard input ends, which it does when this process is gone.
 *
 * @param script - For `sh`. It reads its standard input to the end first; `$1`, `$2` … are `args`.
 */
export function startGuard(script: string, ...args: readonly string[]): Guard {
  // A group of its own: Ctrl-C in a terminal is sent to the whole group of the run and must not end the guard.
  const child = spawn("/bin/sh", ["-c", script, "umbel-guard", ...args], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  const input = child.stdin as typeof child.stdin & { unref?(): void };
  input.unref?.();
  input.on("error", () => {});
  return {
    tell: (line) => void input.write(`${line}\n`),
    dismiss: () => void child.kill("SIGKILL"),
  };
}
