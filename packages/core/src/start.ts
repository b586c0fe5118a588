import type { Holder } from "./holder.ts";
import { holds } from "./holder.ts";
import type { TurnRecord } from "./outcome.ts";
import type { StoredTask } from "./results.ts";
import { decidedFor } from "./state.ts";

/** A turn of a step that may have to be undone, as it begins. */
export interface Start {
  readonly id: string;
  readonly turn: number;
  readonly holder: Holder;
  readonly task: string;
  /** The id of the flow. */
  readonly flow: string;
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Milliseconds since the epoch: when the store may drop it. */
  readonly expiresAtMs: number;
}

/**
 * `mine`: run it; `isAgain`, where an earlier delivery of the same publication may have begun it. `held`: another run has
 * it, and ends it. `stored`: its turn is over.
 */
export type Started =
  | { readonly kind: "mine"; readonly isAgain: boolean }
  | { readonly kind: "held" }
  | { readonly kind: "stored"; readonly stored: TurnRecord };

const HELD: Started = { kind: "held" };

/**
 * Begins a turn of a task: the specification of every store's start (rules 38 and 40). The first publication of a turn has
 * it, of its deliveries the latest; a later turn takes it over from an earlier one.
 *
 * @param stored - What is known of the task; undefined for nothing.
 */
export function startTurn(
  stored: StoredTask | undefined,
  { turn, holder }: Pick<Start, "turn" | "holder">,
): { readonly after: StoredTask | undefined; readonly started: Started } {
  const decided = decidedFor(stored, turn);
  if (decided !== null) return { after: stored, started: { kind: "stored", stored: decided } };
  const held = stored?.held;
  const isAgain = held?.turn === turn;
  if (held !== undefined && (held.turn > turn || (isAgain && !holds(holder, held))))
    return { after: stored, started: HELD };
  const { lastTurn, replaced } = stored ?? {};
  const before = { ...(lastTurn && { lastTurn }), ...(replaced && { replaced }) };
  const after = { state: "STARTED", record: null, ...before, held: { ...holder, turn } };
  return { after, started: { kind: "mine", isAgain } };
}
