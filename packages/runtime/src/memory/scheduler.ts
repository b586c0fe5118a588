/** One operation of one actor that waits for its turn. */
export interface Turn {
  /** Who waits: a client or a worker. */
  readonly actor: string;
  /** What it is about to do or has just done, for example `results.put F.1`. */
  readonly label: string;
  /** Before the operation, or after it while its answer is on the way. */
  readonly phase: "before" | "after";
  /** How many turns were taken before, over all actors. */
  readonly number: number;
}

/** What goes wrong at a turn: the actor dies there, its connection is cut, or the answer of the store is lost. */
export type Fault = "crash" | "cut" | "lose";

/** The answer of an operation that was performed is lost on the way. */
export class AnswerLost extends Error {}

interface Ready {
  readonly actor: string;
  readonly label: string;
  readonly phase: Turn["phase"];
  readonly go: () => void;
  readonly lose: () => void;
}

/**
 * Decides what happens next in a simulated world, by a seed: every operation of every actor, every delivery and
 * every reply waits here, one of them is chosen, and nothing else happens until it is through.
 *
 * Time stands still while anything can happen, and jumps to the next sleeper when nothing can.
 */
export class Scheduler {
  readonly #random: () => number;
  readonly #ready: Ready[] = [];
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  readonly #dead = new Set<string>();
  #now = 1_000_000;
  #turns = 0;
  /** Asked at every turn; what it answers happens. */
  fault: (turn: Turn) => Fault | undefined = () => undefined;
  /** Called when an actor dies or is cut off. */
  onFault: (fault: "crash" | "cut", actor: string) => void = () => {};

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** Turns taken so far. */
  get turns(): number {
    return this.#turns;
  }

  /** Milliseconds of simulated time. */
  now(): number {
    return this.#now;
  }

  /** Uniform in [0, 1), from the seed. */
  random(): number {
    return this.#random();
  }

  isDead(actor: string): boolean {
    return this.#dead.has(actor);
  }

  /** Performs an operation in two turns: one before it, one while its answer is on the way. */
  async perform<Answer>(actor: string, label: string, operation: () => Promise<Answer>): Promise<Answer> {
    await this.#turn(actor, label, "before");
    const answer = await operation();
    await this.#turn(actor, label, "after");
    return answer;
  }

  /** Calls this in a turn of its own: a delivery, a reply. */
  defer(call: () => void): void {
    this.#ready.push({ actor: "server", label: "deliver", phase: "before", go: call, lose: call });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal?.removeEventListener("abort", end);
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { at: this.#now + ms, wake: end };
      if (signal?.aborted) return resolve();
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", end);
    });
  }

  /**
   * Lets things happen until the promise is settled.
   *
   * @throws {Error} Nothing can happen any more, or nothing has come of it in `limit` turns: somebody hangs.
   */
  async run<Result>(promise: Promise<Result>, limit = 20_000): Promise<Result> {
    const end = { isSettled: false };
    const settled = promise.finally(() => (end.isSettled = true));
    settled.catch(() => {});
    await this.#quiet();
    while (!end.isSettled) {
      if (this.#turns > limit) throw new Error(`still waiting after ${limit} turns: something hangs`);
      if (!this.#next()) throw new Error("nothing can happen any more: something hangs");
      await this.#quiet();
    }
    return settled;
  }

  /**
   * Lets everything happen that can, without waiting for sleepers.
   *
   * @throws {Error} It has not come to rest after `limit` turns: something goes round in circles.
   */
  async drain(limit = 20_000): Promise<void> {
    await this.#quiet();
    const before = this.#turns;
    while (this.#alive().length > 0) {
      if (this.#turns - before > limit)
        throw new Error(`not at rest after ${limit} turns: something goes round`);
      this.#next();
      await this.#quiet();
    }
  }

  #turn(actor: string, label: string, phase: Turn["phase"]): Promise<void> {
    if (this.#dead.has(actor)) return new Promise(() => {});
    return new Promise((go, reject) => {
      this.#ready.push({ actor, label, phase, go, lose: () => reject(new AnswerLost(label)) });
    });
  }

  #next(): boolean {
    const alive = this.#alive();
    const chosen = alive[Math.floor(this.#random() * alive.length)];
    if (chosen === undefined) return this.#wakeFirst();
    this.#ready.splice(this.#ready.indexOf(chosen), 1);
    this.#take(chosen);
    return true;
  }

  #alive(): readonly Ready[] {
    return this.#ready.filter(({ actor }) => !this.#dead.has(actor));
  }

  #take({ actor, label, phase, go, lose }: Ready): void {
    const fault = this.fault({ actor, label, phase, number: (this.#turns += 1) });
    if (fault === "crash") this.#dead.add(actor);
    if (fault === "crash" || fault === "cut") this.onFault(fault, actor);
    if (fault === "lose" && phase === "after") lose();
    else if (fault !== "crash") go();
  }

  #wakeFirst(): boolean {
    const [first] = [...this.#sleepers].toSorted((a, b) => a.at - b.at);
    if (first === undefined) return false;
    this.#sleepers.delete(first);
    this.#now = Math.max(this.#now, first.at);
    first.wake();
    return true;
  }

  /** Until everybody waits again: all promises that could go on have. */
  #quiet(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Numbers uniform in [0, 1) from a seed. Source: "mulberry32", Tommy Ettinger (2017). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
