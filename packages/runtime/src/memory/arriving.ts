import type { Message, Messages } from "@umbel/core";
import { Fifo } from "../fifo.ts";

/** Messages that were published, one after the other; each is made when it is asked for. */
export class Arriving {
  readonly #publications = new Fifo<Messages>();
  #current: Iterator<Message> = NONE;
  #length = 0;

  /** Messages that have not been asked for. */
  get length(): number {
    return this.#length;
  }

  push(messages: Messages): void {
    this.#publications.push(messages);
    this.#length += messages.length;
  }

  /** The first that has not been asked for; undefined where there is none. */
  next(): Message | undefined {
    for (;;) {
      const next = this.#current.next();
      if (next.done !== true) return this.#taken(next.value);
      const publication = this.#publications.shift();
      this.#current = publication?.[Symbol.iterator]() ?? NONE;
      if (publication === undefined) return undefined;
    }
  }

  #taken(message: Message): Message {
    this.#length -= 1;
    return message;
  }
}

const NONE: Iterator<Message> = [].values();
