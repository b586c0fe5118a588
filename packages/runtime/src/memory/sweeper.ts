/** What may expire: `expiresAtMs` is milliseconds since the epoch, null for never. */
export interface Expiring {
  readonly expiresAtMs: number | null;
}

/** Whether an entry's time has come. */
export function isExpired({ expiresAtMs }: Expiring, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/**
 * Drops what has expired from a map without timers: a hand goes round it, two entries for each one that is added.
 *
 * So an addition costs the same however large the map is, and what is expired and still there is at most about as
 * much as what is not. Until the first entry's time has come the hand rests.
 */
export class Sweeper<Entry extends Expiring> {
  readonly #entries: Map<string, Entry>;
  #hand: Iterator<[string, Entry]>;
  /** Nothing expires before this. */
  #restsUntilMs = Infinity;
  /** The same, of what the hand has passed or was noted in this round. */
  #nextRestMs = Infinity;

  constructor(entries: Map<string, Entry>) {
    this.#entries = entries;
    this.#hand = entries.entries();
  }

  /** Is to be told of every time that an entry of the map is given. */
  note({ expiresAtMs }: Expiring): void {
    if (expiresAtMs === null) return;
    if (expiresAtMs < this.#restsUntilMs) this.#restsUntilMs = expiresAtMs;
    if (expiresAtMs < this.#nextRestMs) this.#nextRestMs = expiresAtMs;
  }

  /** Goes on for the entries that are being added. */
  advance(added: number, nowMs: number): void {
    if (nowMs < this.#restsUntilMs) return;
    for (let left = 2 * added; left > 0; left -= 1) {
      const next = this.#hand.next();
      if (next.done === true) return this.#endRound();
      const [id, entry] = next.value;
      if (isExpired(entry, nowMs)) this.#entries.delete(id);
      else this.#nextRestMs = Math.min(this.#nextRestMs, entry.expiresAtMs ?? Infinity);
    }
  }

  #endRound(): void {
    this.#hand = this.#entries.entries();
    this.#restsUntilMs = this.#nextRestMs;
    this.#nextRestMs = Infinity;
  }
}
