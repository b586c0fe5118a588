import { Fifo } from "./fifo.ts";

/**
 * Runs so many at once; who comes when there is no room waits for it, the first first.
 *
 * n.b. `p-limit` keeps who waits in a linked list. Of such a list one node in the old space of the heap keeps all that
 * ever follow it from being collected when they are young, and each of these holds a message: it took half of a worker's time.
 */
export class Limiter {
  readonly #most: number;
  readonly #waiting = new Fifo<() => void>();
  #running = 0;

  /** @param most - An integer from 1. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** What the work comes to. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#most) this.#running += 1;
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Whoever waits has the place at once, so that nobody who comes now is before it. */
  #leave(): void {
    const enter = this.#waiting.shift();
    if (enter === undefined) this.#running -= 1;
    else enter();
  }
}
