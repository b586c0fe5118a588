import type { Death, Delivery } from "@umbel/core";
import { Fifo } from "../fifo.ts";

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
  readonly #front: Entry[] = [];
  readonly #entries = new Fifo<Entry>();

  get length(): number {
    return this.#front.length + this.#entries.length;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  unshift(entry: Entry): void {
    this.#front.push(entry);
  }

  shift(): Entry | undefined {
    return this.#front.pop() ?? this.#entries.shift();
  }
}
