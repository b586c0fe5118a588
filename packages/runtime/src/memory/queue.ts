import type { Delivery } from "@umbel/core";

interface Entry {
  readonly message: Delivery["message"];
  /** How often it was delivered before. */
  readonly rank: number;
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
