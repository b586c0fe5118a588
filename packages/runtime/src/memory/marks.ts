import type { Cancel, Failure } from "@umbel/core";
import { Sweeper, isExpired } from "./sweeper.ts";

interface Kept<Value> {
  readonly value: Value;
  readonly expiresAtMs: number;
}

/** What has to be known for a while, by an id: the first that is kept of it stays. */
class Notes<Value> {
  readonly #notes = new Map<string, Kept<Value>>();
  readonly #sweeper = new Sweeper(this.#notes);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  keep(id: string, value: Value, expiresAtMs: number): void {
    this.#sweeper.advance(1, this.#now());
    if (this.of(id) !== null) return;
    this.#notes.set(id, { value, expiresAtMs });
    this.#sweeper.note({ expiresAtMs });
  }

  of(id: string): Value | null {
    const note = this.#notes.get(id);
    return note === undefined || isExpired(note, this.#now()) ? null : note.value;
  }

  all(): readonly Value[] {
    return [...this.#notes.values()]
      .filter((note) => !isExpired(note, this.#now()))
      .map(({ value }) => value);
  }
}

/** What was ended before it was registered, and the flows that were cancelled. */
export class MemoryMarks {
  /** Marks where no join is registered. */
  readonly bare: Notes<Failure>;
  readonly cancels: Notes<Cancel>;

  /** @param now - The time in milliseconds since the epoch. */
  constructor(now: () => number) {
    this.bare = new Notes(now);
    this.cancels = new Notes(now);
  }
}
