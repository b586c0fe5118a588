/**
 * What came last, by keys; the oldest goes.
 *
 * n.b. In two halves: when the younger one is full, all of the older one goes at once. A map from which the first entry is
 * taken each time has to look for it behind all that were taken before.
 */
export class Recent<Value> {
  readonly #half: number;
  #younger = new Map<string, Value>();
  #older = new Map<string, Value>();

  /** @param most - Values that are held, at least half of that; an integer from 2. */
  constructor(most: number) {
    this.#half = Math.ceil(most / 2);
  }

  get(key: string): Value | undefined {
    return this.#younger.get(key) ?? this.#older.get(key);
  }

  set(key: string, value: Value): void {
    if (this.#younger.size >= this.#half) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, value);
  }

  delete(key: string): void {
    this.#younger.delete(key);
    this.#older.delete(key);
  }
}
