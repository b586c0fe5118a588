import { Fifo } from "./fifo.ts";

/**
 * Places for so many at once; who comes when there is none waits for one, the first first.
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

  /** Takes a place, which has to be left again. Null where that is done; else resolves when there is one. */
  enter(): Promise<void> | null {
    if (this.#running >= this.#most) return new Promise((enter) => this.#waiting.push(enter));
    this.#running += 1;
    return null;
  }

  /** Gives a place back. Whoever waits has it at once, so that nobody who comes now is before it. */
  leave(): void {
    const enter = this.#waiting.shift();
    if (enter === undefined) this.#running -= 1;
    else enter();
  }
}
