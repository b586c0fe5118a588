/** Sends one acknowledgement, for one tag or for all that are still out up to it. */
export type SendAck = (tag: number, multiple: boolean) => void;

/**
 * The acknowledgements of one channel, gathered and sent together: those without a gap below them as one.
 *
 * `multiple` is used only up to a tag below which every message is finished (rule 8 of the engine's protocol).
 */
export class Acknowledgements {
  readonly #send: SendAck;
  readonly #finished = new Set<number>();
  /** The lowest tag that is not finished; a channel's tags are 1, 2, 3, … */
  #lowest = 1;
  #unsent: number[] = [];

  constructor(send: SendAck) {
    this.#send = send;
  }

  /** A message that the broker has to forget, at the next {@link flush}. Whether it is the first since the last one. */
  add(tag: number): boolean {
    this.finish(tag);
    return this.#unsent.push(tag) === 1;
  }

  /** A message that is out no more, and about which the broker knows. */
  finish(tag: number): void {
    if (tag !== this.#lowest) return void this.#finished.add(tag);
    do this.#lowest += 1;
    while (this.#finished.delete(this.#lowest));
  }

  flush(): void {
    const below = this.#unsent.filter((tag) => tag < this.#lowest);
    const above = this.#unsent.filter((tag) => tag > this.#lowest);
    this.#unsent = [];
    if (below.length > 0) this.#send(below.reduce(larger), true);
    for (const tag of above) this.#send(tag, false);
  }
}

function larger(one: number, other: number): number {
  return Math.max(one, other);
}
