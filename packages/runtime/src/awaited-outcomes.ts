import type { OutcomeRecord } from "@umbel/core";
import type { RunWaiter } from "./waiters.ts";

/** The outcomes of tasks that one caller waits for, in the order of their ids, as they come. */
export class AwaitedOutcomes implements RunWaiter<OutcomeRecord> {
  readonly ids: readonly string[];
  readonly #records: (OutcomeRecord | undefined)[];
  #missing: number;
  /** Where each id is; made where it does not say so itself. */
  #places: ReadonlyMap<string, number> | null = null;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** @param ids - Each of them once. */
  constructor(ids: readonly string[]) {
    this.ids = ids;
    this.#records = Array.from(ids, () => undefined);
    this.#missing = ids.length;
  }

  /** Whether nothing is missing. */
  get isWhole(): boolean {
    return this.#missing === 0;
  }

  /** The ids of those that are missing. */
  get missing(): readonly string[] {
    return this.ids.filter((_, place) => this.#records[place] === undefined);
  }

  /** Resolves when nothing is missing. */
  async whole(): Promise<readonly OutcomeRecord[]> {
    if (!this.isWhole)
      await new Promise<void>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    return this.#records as readonly OutcomeRecord[];
  }

  tell(id: string, record: OutcomeRecord): void {
    const place = this.#placeOf(id);
    if (place === undefined || this.#records[place] !== undefined) return;
    this.#records[place] = record;
    this.#missing -= 1;
    if (this.#missing === 0) this.#resolve();
  }

  /** Ends the wait. */
  fail(error: unknown): void {
    this.#reject(error);
  }

  /** n.b. The ids of a group's members end in their places, so that most need no map. */
  #placeOf(id: string): number | undefined {
    const place = placeIn(id);
    if (this.ids[place] === id) return place;
    this.#places ??= new Map(this.ids.map((each, i) => [each, i]));
    return this.#places.get(id);
  }
}

/** What the ids of a run begin with: `<stem>0`, `<stem>1`, …; null where they are none, or only one. */
export function stemOfRun(ids: readonly string[]): string | null {
  const [first = ""] = ids;
  const stem = first.slice(0, -1);
  const isRun = ids.length > 1 && ids.every((id, i) => placeIn(id) === i && isOfStem(id, stem));
  return isRun ? stem : null;
}

function isOfStem(id: string, stem: string): boolean {
  return id.lastIndexOf(".") === stem.length - 1 && id.startsWith(stem);
}

/** The number in which an id ends, behind its last point; -1 where it ends in none. */
function placeIn(id: string): number {
  let place = 0;
  let unit = 1;
  for (let i = id.length - 1; i > 0; i -= 1) {
    const digit = id.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return id.charAt(i) === "." && i < id.length - 1 ? place : -1;
    place += digit * unit;
    unit *= 10;
  }
  return -1;
}

const ZERO = "0".charCodeAt(0);
