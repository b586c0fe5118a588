/** What may expire: `expiresAtMs` is milliseconds since the epoch, null for never. */
export interface Expiring {
  readonly expiresAtMs: number | null;
}

/** Whether an entry's time has come. */
export function isExpired(entry: Expiring, nowMs: number): boolean {
  return entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs;
}

/**
 * Drops what has expired from a map without timers: a hand goes round it, two entries for each one that is added.
 *
 * So an addition costs the same however large the map is, and what is expired and still there is at most about as
 * much as what is not.
 */
export class Sweeper<Entry extends Expiring> {
  readonly #entries: Map<string, Entry>;
  #hand: Iterator<[string, Entry]>;

  constructor(entries: Map<string, Entry>) {
    this.#entries = entries;
    this.#hand = entries.entries();
  }

  /** Goes on for the entries that are being added. */
  advance(added: number, nowMs: number): void {
    for (let left = 2 * added; left > 0; left -= 1) {
      const next = this.#hand.next();
      if (next.done === true) {
        this.#hand = this.#entries.entries();
        return;
      }
      const [id, entry] = next.value;
      if (isExpired(entry, nowMs)) this.#entries.delete(id);
    }
  }
}
