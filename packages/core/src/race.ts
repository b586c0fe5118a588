import type { JoinCount, MemberArrival } from "./join.ts";
import { countArrivals, openCount } from "./join.ts";
import type { Racing } from "./policy.ts";
import { successesNeeded } from "./policy.ts";

/** How a race was decided: recorded in the very update that decided it, and never changed (rule 14). */
export interface Decision {
  readonly ok: boolean;
  /** The members that count, in the order of the group: those that won, or those whose failures decided. */
  readonly members: readonly number[];
  /** The member whose arrival decided; who repeats that does what follows again. */
  readonly by: number;
}

/** What is counted of a race. */
export interface RaceCount extends JoinCount {
  /** Members that succeeded before it was decided, as they arrived. */
  readonly succeeded: readonly number[];
  /** Members that failed before it was decided, as they arrived. */
  readonly lost: readonly number[];
  readonly decision: Decision | null;
}

/** The most members of a race: its bits are in one document. */
export const MAX_RACERS = 10_080;

/** Nothing has arrived yet. */
export function openRace(size: number): RaceCount {
  return { ...openCount(size), succeeded: [], lost: [], decision: null };
}

/** Counts members of a race, one after the other: the specification of every store's update (rule 14). */
export function raceArrivals(
  before: RaceCount,
  policy: Racing,
  arrivals: readonly MemberArrival[],
): { readonly after: RaceCount; readonly repeats: readonly boolean[] } {
  const repeats: boolean[] = [];
  const after = arrivals.reduce((race, arrival) => {
    const counted = countArrivals(race, [arrival]);
    repeats.push(counted.repeats[0] === true);
    return counted.repeats[0] === true ? race : arrived({ ...race, ...counted.after }, policy, arrival);
  }, before);
  return { after, repeats };
}

function arrived(race: RaceCount, policy: Racing, { index, ok }: MemberArrival): RaceCount {
  if (race.decision !== null) return race; // a late one changes nothing (rule 36)
  const succeeded = ok ? [...race.succeeded, index] : race.succeeded;
  const lost = ok ? race.lost : [...race.lost, index];
  return { ...race, succeeded, lost, decision: decide(policy, race.size, { succeeded, lost }, index) };
}

function decide(
  policy: Racing,
  size: number,
  { succeeded, lost }: Pick<RaceCount, "succeeded" | "lost">,
  by: number,
): Decision | null {
  const needed = successesNeeded(policy);
  if (succeeded.length === needed) return { ok: true, members: inOrder(succeeded), by };
  const isOut = policy === "race" ? lost.length > 0 : lost.length > size - needed;
  return isOut ? { ok: false, members: inOrder(lost), by } : null;
}

function inOrder(members: readonly number[]): readonly number[] {
  return members.toSorted((a, b) => a - b);
}
