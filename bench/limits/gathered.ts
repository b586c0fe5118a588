/** What comes while the one before is handled is handled together, and nothing waits longer than that. */
export class Gathered<Item> {
  readonly #handle: (items: readonly Item[]) => Promise<void>;
  #waiting: Item[] = [];
  #isHandling = false;

  constructor(handle: (items: readonly Item[]) => Promise<void>) {
    this.#handle = handle;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    if (!this.#isHandling) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isHandling = true;
    await Promise.resolve(); // so that all messages of one read from the socket go together
    while (this.#waiting.length > 0) {
      const items = this.#waiting.splice(0, MOST);
      await this.#handle(items);
    }
    this.#isHandling = false;
  }
}

const MOST = 500;
