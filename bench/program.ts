import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { createInterface } from "node:readline";
import type { Json, JsonObject } from "@umbel/core";
import { startGuard } from "../test/services/guard.ts";

/** What is asked of a program, or told by it: one line of JSON each, both ways, on its file descriptor 3. */
type Line = { readonly id?: number; readonly answer?: Json; readonly error?: string; readonly note?: string };

export interface ProgramOptions {
  readonly folder: string;
  /** Added to this process's own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How long one answer may take: the longest turn of the slowest contestant is not half as long. */
const ANSWER_WITHIN_MS = 15 * 60_000;

/** A process that works when it is asked to. It is killed when this one is gone. */
export class Program implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #line: Duplex;
  readonly #guard;
  readonly #open = new Map<number, PromiseWithResolve>();
  readonly #notes = new Map<string, PromiseWithResolve>();
  readonly #said: string[] = [];
  readonly #ended: Promise<unknown>;
  #asked = 0;

  constructor(name: string, [program = "", ...args]: readonly string[], options: ProgramOptions) {
    this.#name = name;
    const { folder: cwd, environment } = options;
    const env = { ...process.env, NODE_OPTIONS: "", ...environment };
    this.#child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#guard = startGuard(`while read -r line; do :; done; kill -s KILL -- -${this.#child.pid}`);
    this.#line = this.#child.stdio[3] as Duplex;
    this.#line.on("error", () => {});
    createInterface({ input: this.#line }).on("line", (line) => this.#hear(JSON.parse(line) as Line));
    this.#ended = once(this.#child, "close").catch(() => {});
    this.#child.once("close", (code, signal) => this.#fail(`it ended with ${signal ?? code}`));
    this.#child.once("error", (error) => this.#fail(error.message));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      createInterface({ input: stream! }).on("line", (line) => this.#keep(line));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws {Error} It fails, ends, or does not answer; with the last lines that it wrote. */
  ask(request: JsonObject): Promise<Json> {
    const id = (this.#asked += 1);
    const answer = this.#within(this.#open, id, `answer ${JSON.stringify(request)}`);
    this.#line.write(`${JSON.stringify({ ...request, id })}\n`);
    return answer;
  }

  /** What it tells by itself, once: `ready`, and the rest of the line. */
  async note(name: string): Promise<Json> {
    return this.#within(this.#notes, name, `say ${name}`);
  }

  /** Ends it as an operator would, and waits until it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) killGroup(this.pid);
    await this.#ended;
    this.#guard.dismiss();
  }

  #hear({ id, answer, error, note }: Line): void {
    if (note !== undefined) {
      take(this.#notes, note)?.resolve(answer ?? null);
      return;
    }
    const asked = take(this.#open, id ?? 0);
    if (error === undefined) asked?.resolve(answer ?? null);
    else asked?.reject(new Error(`${this.#name}: ${error}`));
  }

  #keep(line: string): void {
    this.#said.push(line);
    if (this.#said.length > 40) this.#said.shift();
  }

  #fail(why: string): void {
    const error = new Error(`${this.#name}: ${why}\n${this.#said.join("\n")}`);
    for (const each of [...this.#open.values(), ...this.#notes.values()]) each.reject(error);
  }

  #within<Key>(all: Map<Key, PromiseWithResolve>, key: Key, what: string): Promise<Json> {
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`${this.#name} did not ${what} in time\n${this.#said.join("\n")}`));
      const timer = setTimeout(late, ANSWER_WITHIN_MS);
      const ending = (end: () => void): void => (clearTimeout(timer), end());
      all.set(key, {
        resolve: (answer) => ending(() => resolve(answer)),
        reject: (error) => ending(() => reject(error)),
      });
    });
  }
}

interface PromiseWithResolve {
  readonly resolve: (answer: Json) => void;
  readonly reject: (error: Error) => void;
}

function take<Key>(all: Map<Key, PromiseWithResolve>, key: Key): PromiseWithResolve | undefined {
  const found = all.get(key);
  all.delete(key);
  return found;
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
