/** First in, first out, at a constant cost. What was taken is not held here, neither it nor what came after it. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (this.#head === this.#items.length) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) this.#shrink();
    return item;
  }

  #shrink(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
