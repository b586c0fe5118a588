import type { Policy } from "./policy.ts";
import { isRacing, successesNeeded } from "./policy.ts";

/** The life of one task, in order. The last three are terminal: a task that has one keeps it. */
export type TaskState = "PENDING" | "RECEIVED" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";

/** Whether a task in this state has ended; states of Celery's users (`PROGRESS`) have not. */
export function isTerminal(state: string): boolean {
  return state === "SUCCESS" || state === "FAILURE" || state === "REVOKED";
}

/** What the states of a group's members come to: the first that failed, or SUCCESS when all have it. */
export function combinedState(states: readonly string[]): string {
  const failed = states.find((state) => state === "FAILURE" || state === "REVOKED");
  if (failed !== undefined) return failed;
  if (states.every((state) => state === "SUCCESS")) return "SUCCESS";
  return states.every((state) => state === "PENDING") ? "PENDING" : "STARTED";
}

/** What the states of a chain's steps come to: the last one's when it has ended; STARTED when any has begun. */
export function chainState(states: readonly string[]): string {
  const last = states.at(-1) ?? "SUCCESS";
  if (isTerminal(last)) return last;
  return states.every((state) => state === "PENDING") ? "PENDING" : "STARTED";
}

/** A member, as far as what its group comes to depends on it. */
export interface MemberState {
  readonly state: string;
  /** Milliseconds since the epoch; null where it is not known. */
  readonly doneAtMs: number | null;
}

/** What the states of a group's members come to under its policy. n.b. Of a race the clocks say who was first. */
export function groupState(policy: Policy, members: readonly MemberState[]): string {
  const states = members.map(({ state }) => state);
  if (policy === "all") return combinedState(states);
  const ended = members.filter(({ state }) => isTerminal(state));
  if (ended.length === 0 && states.length > 0)
    return states.every((state) => state === "PENDING") ? "PENDING" : "STARTED";
  if (policy === "race") return firstOf(ended)?.state ?? "PENDING";
  const good = ended.filter(({ state }) => state === "SUCCESS").length;
  if (isRacing(policy) && good >= successesNeeded(policy)) return "SUCCESS";
  if (ended.length < members.length) return "STARTED";
  return policy === "settled" ? "SUCCESS" : "FAILURE";
}

function firstOf(ended: readonly MemberState[]): MemberState | undefined {
  return ended.toSorted((a, b) => (a.doneAtMs ?? 0) - (b.doneAtMs ?? 0))[0];
}
