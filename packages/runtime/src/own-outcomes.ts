import type { Outcome, TurnRecord } from "@umbel/core";
import { isUnfinished } from "@umbel/core";
import { Recent } from "./recent.ts";
import { isSmall } from "./weight.ts";

/** Outcomes that are kept; the oldest go first, and are read from the store. */
const MOST = 20_000;

/**
 * Outcomes of members that this worker was the first to store: no other is ever stored, so that whoever completes their join
 * here needs not read them. Only what is small is kept, until it is taken.
 */
export class OwnOutcomes {
  readonly #byId = new Recent<Outcome>(MOST);

  /** @param stored - Of a member that arrives; undefined where this worker did not store it. */
  keep(stored: TurnRecord | undefined): void {
    if (stored === undefined || isUnfinished(stored) || !isSmall(stored)) return;
    this.#byId.set(stored.id, stored.outcome);
  }

  /** Puts an outcome into a map, and keeps it no more; false where it is not here. */
  take(id: string, into: Map<string, Outcome>): boolean {
    const outcome = this.#byId.get(id);
    if (outcome === undefined) return false;
    this.#byId.delete(id);
    into.set(id, outcome);
    return true;
  }
}
