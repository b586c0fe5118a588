import type { Death, Delivery } from "@umbel/core";

/** A message in its queue. */
export interface Entry {
  readonly message: Delivery["message"];
  readonly redelivered: boolean;
  /** How often it came back; 0 where that is not said. */
  readonly returns?: number;
  /** That the broker gave it up. */
  readonly death?: Death | undefined;
}

/** First in, first out, at a constant cost; what was delivered before goes in front again. */
export class MemoryQueue {
  #front: Entry[] = [];
  #entries: Entry[] = [];
  #head = 0;

  get length(): number {
    return this.#front.length + this.#entries.length - this.#head;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  unshift(entry: Entry): void {
    this.#front.push(entry);
  }

  shift(): Entry | undefined {
    const again = this.#front.pop();
    if (again !== undefined) return again;
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }
}
