/** What may be in a {@link Bag}, and knows where. */
export interface Bagged {
  /** Its place in the bag, which sets it; -1 for none. */
  place: number;
}

/**
 * What is held for a short time, in no order: put in and taken out at a constant cost, and without garbage.
 *
 * n.b. A `Set` from which as much goes as comes makes a new table every few turns, and each of these knows the next one.
 * One in the old space of the heap keeps all that follow it, and what was in them, from being collected while they are young.
 */
export class Bag<Item extends Bagged> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    item.place = this.#items.length;
    this.#items.push(item);
  }

  /** Takes it out; false where it was not in here. */
  delete(item: Item): boolean {
    if (!this.has(item)) return false;
    const last = this.#items.pop() as Item;
    if (last !== item) {
      this.#items[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
    return true;
  }

  has(item: Item): boolean {
    return item.place >= 0 && this.#items[item.place] === item;
  }

  /** Takes out all that is in here. */
  empty(): readonly Item[] {
    const items = this.#items.splice(0);
    for (const item of items) item.place = -1;
    return items;
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items[Symbol.iterator]();
  }
}
