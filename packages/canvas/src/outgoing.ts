import type { Message, Messages } from "@umbel/core";

/** Messages of members, which are made when they are asked for. */
interface Members {
  readonly count: number;
  readonly make: (index: number) => Message;
}

/**
 * What begins, in its order.
 *
 * n.b. The messages of a large group are several times what its plan is: none is made before it is sent, so that they are
 * never there all at once.
 */
export class Outgoing {
  readonly #parts: (Message | Members)[] = [];
  #length = 0;

  add(message: Message): void {
    this.#parts.push(message);
    this.#length += 1;
  }

  /** @param make - Gives the same whenever it is called. */
  addMembers(count: number, make: (index: number) => Message): void {
    this.#parts.push({ count, make });
    this.#length += count;
  }

  get messages(): Messages {
    const [parts, length] = [this.#parts, this.#length];
    const made = parts.filter(isMade);
    if (made.length === length) return made;
    return { length, [Symbol.iterator]: () => eachOf(parts) };
  }
}

function* eachOf(parts: readonly (Message | Members)[]): Generator<Message, void> {
  for (const part of parts) {
    if (isMade(part)) yield part;
    else for (let index = 0; index < part.count; index += 1) yield part.make(index);
  }
}

function isMade(part: Message | Members): part is Message {
  return !("make" in part);
}
