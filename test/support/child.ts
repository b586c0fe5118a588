import { setMaxListeners } from "node:events";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { startGuard } from "../services/guard.ts";
import type { Guard } from "../services/guard.ts";
import { ROOT } from "./folder.ts";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  /** Default: the checkout. */
  readonly folder?: string;
  /** Added to this process's own; undefined takes a variable out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** After which it is killed: sooner than its test is given up, so that `ended` tells. Default 25 s. */
  readonly lifetimeMs?: number;
}

/** A process of a test, which cannot outlive it: it is killed at the end, or when this process is. */
export class Child implements AsyncDisposable {
  /** What it wrote, line by line, errors included. */
  readonly lines: string[] = [];
  /** Resolves when it has ended and all it wrote is in `lines`. */
  readonly ended: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #guard: Guard;
  readonly #watchers = new Set<() => void>();
  #hasEnded = false;

  constructor(program: string, args: readonly string[], options: ChildOptions = {}) {
    const { folder = ROOT, environment = {}, lifetimeMs = 25_000 } = options;
    // A group of its own, so that what it starts in turn goes with it.
    this.#process = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...OWN_ENVIRONMENT, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#guard = startGuard(`read -r end; kill -s KILL -- -${this.#process.pid}`);
    for (const stream of [this.#process.stdout, this.#process.stderr]) this.#collect(stream);
    this.ended = this.#end(setTimeout(() => killGroup(this.#process.pid), lifetimeMs));
  }

  /**
   * The first line that matches, when it is there.
   *
   * @throws {Error} It ended without one, or none came within 20 s; with all that it wrote.
   */
  async line(pattern: RegExp): Promise<string> {
    const deadline = AbortSignal.timeout(20_000);
    for (let seen = 0; ;) {
      const found = this.lines.slice(seen).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      seen = this.lines.length;
      if (this.#hasEnded || deadline.aborted)
        throw new Error(`no line ${pattern} in:\n${this.lines.join("\n")}`);
      await this.#news(deadline);
    }
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) killGroup(this.#process.pid);
    await this.ended;
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    if (stream === null) return;
    createInterface({ input: stream }).on("line", (line) => {
      this.lines.push(line);
      this.#tell();
    });
  }

  #end(lifetime: NodeJS.Timeout): Promise<Exit> {
    return new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code, signal) => {
        this.#hasEnded = true;
        clearTimeout(lifetime);
        this.#guard.dismiss();
        this.#tell();
        resolve({ code, signal });
      });
    });
  }

  #news(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.add(resolve);
      setMaxListeners(0, deadline); // each line of it is waited for by itself
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #tell(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher();
  }
}

/** A process of Node's that runs the sources: nothing has to be built. */
export function nodeFromSource(args: readonly string[], options: ChildOptions = {}): Child {
  return new Child(process.execPath, [...SOURCE, ...args], options);
}

/** `umbel …`, from its sources. */
export function umbel(args: readonly string[], options: ChildOptions = {}): Child {
  return nodeFromSource([join(ROOT, "packages/runtime/src/cli/main.ts"), ...args], options);
}

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const SOURCE = ["--conditions=@umbel/source", "--import", TSX] as const;

/** The run's own settings are not the children's; and a user's URLs must not lead a test to their servers. */
const OWN_ENVIRONMENT = {
  NODE_OPTIONS: undefined,
  VITEST: undefined,
  UMBEL_BROKER: undefined,
  UMBEL_BACKEND: undefined,
};

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
