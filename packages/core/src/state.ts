import type { OutcomeRecord, TurnRecord, UnfinishedRecord } from "./outcome.ts";
import type { Put, StoredTask } from "./results.ts";
import type { Policy } from "./policy.ts";
import { isRacing, successesNeeded } from "./policy.ts";
import { holds } from "./holder.ts";

/** The life of one task, in order. The last three are terminal: a task that has one keeps it. */
export type TaskState =
  | "PENDING"
  | "RECEIVED"
  | "STARTED"
  | "RETRY"
  | "REPLACED"
  | "SUCCESS"
  | "FAILURE"
  | "REVOKED";

/** Whether a task in this state has ended; states of Celery's users (`PROGRESS`) have not. */
export function isTerminal(state: string): boolean {
  return state === "SUCCESS" || state === "FAILURE" || state === "REVOKED";
}

/** Whether a record is of a turn after which the task goes on. */
export function isUnfinished(record: TurnRecord): record is UnfinishedRecord {
  return record.outcome.state === "RETRY" || record.outcome.state === "REPLACED";
}

/**
 * Records how a turn of a task ended: the specification of every store's put (rules 10, 33, 39 and 40).
 *
 * @param stored - What is known of the task; undefined for nothing.
 */
export function endTurn(
  stored: StoredTask | undefined,
  record: TurnRecord,
): { readonly after: StoredTask; readonly put: Put } {
  if (stored === undefined) return { after: afterFirst(record), put: WON };
  const decided = decidedFor(stored, record.turn);
  const replaced = stored.replaced && { replaced: stored.replaced };
  if (decided !== null) return { after: stored, put: { won: false, stored: decided, ...replaced } };
  if (stored.held !== undefined && !holds(record.holder, stored.held))
    return { after: stored, put: { won: false, stored: null, ...replaced } };
  return {
    after: { ...replaced, ...afterFirst(record) },
    put: { won: true, ...replaced },
  };
}

/**
 * What is decided already for whoever comes with a turn: the task's outcome, or what began a later turn.
 * Null where the turn is open.
 *
 * n.b. A turn above the stored one is open, too: what began it is gone, or a foreign worker wrote over it.
 */
export function decidedFor(stored: StoredTask | undefined, turn: number): TurnRecord | null {
  if (stored === undefined || stored.record !== null) return stored?.record ?? null;
  const { lastTurn } = stored;
  return lastTurn !== undefined && lastTurn.outcome.next.turn > turn ? lastTurn : null;
}

const WON: Put = { won: true };

/** What is known of a task of which nothing was. */
function afterFirst(record: TurnRecord): StoredTask {
  return isUnfinished(record) ? unfinished(record) : ended(record);
}

function unfinished(record: UnfinishedRecord): StoredTask {
  const { state, next } = record.outcome;
  return { state, record: null, lastTurn: record, ...(state === "REPLACED" && { replaced: next }) };
}

function ended(record: OutcomeRecord): StoredTask {
  return { state: record.outcome.state, record };
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
  const over = members.filter(({ state }) => isTerminal(state));
  if (over.length === 0 && states.length > 0)
    return states.every((state) => state === "PENDING") ? "PENDING" : "STARTED";
  if (policy === "race") return firstOf(over)?.state ?? "PENDING";
  const good = over.filter(({ state }) => state === "SUCCESS").length;
  if (isRacing(policy) && good >= successesNeeded(policy)) return "SUCCESS";
  if (over.length < members.length) return "STARTED";
  return policy === "settled" ? "SUCCESS" : "FAILURE";
}

function firstOf(members: readonly MemberState[]): MemberState | undefined {
  return members.toSorted((a, b) => (a.doneAtMs ?? 0) - (b.doneAtMs ?? 0))[0];
}
