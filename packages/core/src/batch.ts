interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers items and writes them in groups: one write at a time, and what comes meanwhile goes out together with
 * the next. There is no delay: what comes when nothing is being written goes out with its turn of the event loop.
 */
export class Batch<Item, Answer> {
  readonly #write: (items: readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>;
  readonly #limit: number;
  readonly #onIdle: () => void;
  #waiting: Waiting<Item, Answer>[] = [];
  #isWriting = false;

  /**
   * @param write - Writes a group. Answers, one an item; what goes wrong with one alone is a promise that rejects.
   * @param limit - Items in one write; an integer from 1.
   * @param onIdle - Called when nothing waits any more and nothing is being written; what is added later is written all the same.
   */
  constructor(
    write: (items: readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
    limit: number,
    onIdle: () => void = () => {},
  ) {
    this.#write = write;
    this.#limit = limit;
    this.#onIdle = onIdle;
  }

  /** Resolves with the answer for this item, when its group was written. */
  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isWriting) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#limit);
      await this.#writeGroup(group);
    }
    this.#isWriting = false;
    this.#onIdle();
  }

  async #writeGroup(group: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#write(group.map(({ item }) => item));
      group.forEach(({ resolve }, i) => resolve(answers[i] as Answer | Promise<Answer>));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
