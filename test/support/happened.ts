import type { StepOptions } from "@umbel/core";

/** How often each of some things happens. */
export type Counts = ReadonlyMap<string, number>;

/** What happens on the way of a flow. */
export interface Happened {
  /** What links note, in words. */
  readonly notes: Counts;
  /** Handlers that begin, in words: `fold 12`. */
  readonly runs: Counts;
  /** The options of each call that is made, by its number. */
  readonly options: ReadonlyMap<number, StepOptions>;
  /** Attempts after the first of each call that is tried again, by its number: the most, where it is made several times. */
  readonly retries: ReadonlyMap<number, number>;
  /** Of the handlers, those that nothing claims, wherever they begin: they may run again. */
  readonly free: ReadonlySet<string>;
}

export const NOTHING_HAPPENED: Happened = {
  notes: new Map(),
  runs: new Map(),
  options: new Map(),
  retries: new Map(),
  free: new Set(),
};

/** What happens, as it does. */
export class Happening implements Happened {
  readonly notes = new Map<string, number>();
  readonly runs = new Map<string, number>();
  readonly options = new Map<number, StepOptions>();
  readonly retries = new Map<number, number>();
  readonly free = new Set<string>();

  noted(note: string): void {
    this.notes.set(note, (this.notes.get(note) ?? 0) + 1);
  }

  /** A handler begins. */
  run(what: string, isClaimed: boolean): void {
    this.runs.set(what, (this.runs.get(what) ?? 0) + 1);
    if (!isClaimed) this.free.add(what);
  }

  /** A call is sent; where it is tried again, with so many attempts after the first. */
  sent(number: number, options: StepOptions, retries?: number): void {
    this.options.set(number, options);
    if (retries !== undefined) this.retries.set(number, Math.max(retries, this.retries.get(number) ?? 0));
  }
}

/** One and the other. */
export function both(one: Happened, other: Happened): Happened {
  return combined(one, other, (a, b) => a + b);
}

/** As much as happens in any of them. */
export function any(all: readonly Happened[]): Happened {
  return all.reduce((one, other) => combined(one, other, Math.max), NOTHING_HAPPENED);
}

/** How often each is there. */
export function countsOf(things: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}

/** The first of these that is there more often than it may be; undefined for none. */
export function firstBeyond(counts: Counts, most: Counts): string | undefined {
  return [...counts.keys()].find((thing) => (counts.get(thing) ?? 0) > (most.get(thing) ?? 0));
}

function combined(one: Happened, other: Happened, by: (a: number, b: number) => number): Happened {
  return {
    notes: combinedCounts(one.notes, other.notes, by),
    runs: combinedCounts(one.runs, other.runs, by),
    options: new Map([...one.options, ...other.options]),
    retries: combinedCounts(one.retries, other.retries, Math.max),
    free: new Set([...one.free, ...other.free]),
  };
}

function combinedCounts<Thing>(
  one: ReadonlyMap<Thing, number>,
  other: ReadonlyMap<Thing, number>,
  by: (a: number, b: number) => number,
): ReadonlyMap<Thing, number> {
  const things = new Set([...one.keys(), ...other.keys()]);
  return new Map([...things].map((thing) => [thing, by(one.get(thing) ?? 0, other.get(thing) ?? 0)]));
}
