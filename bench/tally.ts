import { note } from "./serve.ts";

/** Counts calls in a worker, and tells the harness when the last of them is acknowledged. */
export class Tally {
  #expected = Infinity;
  #count = 0;
  #sum = 0;

  /** Begins anew. */
  expect(count: number): null {
    this.#expected = count;
    this.#count = 0;
    this.#sum = 0;
    return null;
  }

  /** @param acknowledged - Resolves when all that was counted is acknowledged; default: it is already. */
  count(x: number, acknowledged?: () => Promise<void>): void {
    this.#count += 1;
    this.#sum += x;
    if (this.#count === this.#expected) void this.#tell(acknowledged);
  }

  async #tell(acknowledged?: () => Promise<void>): Promise<void> {
    await acknowledged?.();
    note("acknowledged", { atMs: performance.timeOrigin + performance.now(), sum: this.#sum });
  }
}
