import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startGuard } from "./guard.ts";

/** When this process is gone: kills the process groups it was told of, and removes the folder. */
const CLEAN_UP = `
  while read -r pid; do kill_list="$kill_list -$pid"; done
  [ -z "$kill_list" ] || kill -s KILL -- $kill_list
  rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

/** The processes that make up one server, with the temporary folder in which they live and die. */
export class ServerProcesses {
  readonly folder: string;
  readonly #guard;
  readonly #started: ServerProcess[] = [];

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `umbel-${name}-`));
    this.#guard = startGuard(CLEAN_UP, this.folder);
  }

  /**
   * Starts a program in a process group of its own, in the folder, its output going to a file there.
   *
   * @param environment - Added to this process's own.
   */
  start(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): ServerProcess {
    const started = new ServerProcess(this.folder, program, args, environment);
    this.#started.push(started);
    if (started.pid !== undefined) this.#guard.tell(String(started.pid));
    return started;
  }

  /** Kills what was started, last first, and removes the folder: its data is of no use to anyone. */
  async stop(): Promise<void> {
    for (const started of this.#started.toReversed()) await started.stop();
    this.#guard.dismiss();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One program that was started to serve until it is stopped. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #program: string;
  readonly #log: string;
  #ended: string | undefined;

  constructor(
    folder: string,
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) {
    this.#program = program;
    this.#log = join(folder, `${basename(program)}.out`);
    const log = openSync(this.#log, "a");
    this.#child = spawn(program, args, {
      cwd: folder,
      detached: true,
      env: { ...process.env, ...environment },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child.unref();
    this.#child.once("error", (error) => (this.#ended = error.message));
    this.#child.once("exit", (code, signal) => (this.#ended = `it ended with ${signal ?? code}`));
  }

  /** Its process id, which is its group's too; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Tries until the server answers.
   *
   * @param probe - Rejects as long as it does not.
   * @returns What the probe resolved with.
   * @throws {Error} The process ended first, or the time is up; with the last lines that it wrote.
   */
  async ready<Answer>(probe: () => Promise<Answer>, withinMs: number): Promise<Answer> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      try {
        return await probe();
      } catch (error) {
        if (this.#ended !== undefined) throw this.#failure(this.#ended, error);
        if (Date.now() > deadline) throw this.#failure(`it did not answer within ${withinMs} ms`, error);
      }
      await delay(100);
    }
  }

  #failure(what: string, cause: unknown): Error {
    const lines = readFileSync(this.#log, "utf8").trim().split("\n").slice(-5).join(" | ");
    return new Error(`${this.#program} was started, but ${what}: ${lines}`, { cause });
  }

  /** Kills its whole group, also when it ended before the others of it; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.pid === undefined) return;
    this.#child.ref();
    const gone = this.#ended === undefined ? once(this.#child, "exit") : undefined;
    killGroup(this.pid);
    await gone;
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
