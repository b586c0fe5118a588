import type { Arrival, Cancel, Failure, Join, Messages, Outcome, PlacedNode } from "@umbel/core";
import type { Origin } from "./begin.ts";

/** What the runtime has to do for a flow to go on; performed in order, the delivery acknowledged last. */
export type Effect =
  /** Store these outcomes, first write wins, before what follows (rule 5). */
  | { readonly kind: "store"; readonly ended: readonly Ended[] }
  /** Register these joins, outer first (rule 2). */
  | { readonly kind: "register"; readonly joins: readonly Join[] }
  /** Publish these messages, confirmed. */
  | { readonly kind: "publish"; readonly messages: Messages }
  /** Begin these links of a task beside the flow, with the task's id. */
  | {
      readonly kind: "link";
      readonly links: readonly PlacedNode[];
      readonly task: string;
      readonly origin: Origin;
    }
  /** Arrive at a join as one of its members. */
  | { readonly kind: "arrive"; readonly arrival: Arrival; readonly ok: boolean }
  /** Fail the body of a decided join without running it; where it has an outcome, go on from that (rule 24). */
  | { readonly kind: "fail"; readonly join: Join; readonly failure: Failure }
  /** Let a finished join go when its flow is old (rule 15). */
  | { readonly kind: "retire"; readonly join: string }
  /** Push these outcomes to whoever awaits them. */
  | { readonly kind: "push"; readonly replyTo: string; readonly ended: readonly Ended[] }
  /** Keep that this was cancelled, then tell every worker (rule 17). */
  | { readonly kind: "cancel"; readonly cancel: Cancel }
  /** End all of these steps, which follow each other, with this failure; tell whoever awaits their end (rule 22). */
  | {
      readonly kind: "end";
      readonly steps: readonly PlacedNode[];
      readonly failure: Failure;
      readonly replyTo: string | null;
    }
  /** Count the end of a task at the compensation of its flow (rule 37). */
  | { readonly kind: "count"; readonly id: string; readonly ok: boolean }
  /** Go on undoing, after this undo has ended (rule 37). */
  | { readonly kind: "undo"; readonly after: string }
  /** End what lost a race (rule 35). */
  | { readonly kind: "lose"; readonly losers: readonly Loser[]; readonly failure: Failure };

/** A member of a race that others decided. */
export interface Loser {
  readonly step: PlacedNode;
  /** What the ids of its tasks begin with. */
  readonly scope: string;
}

/** A task that has ended, and how. */
export interface Ended {
  readonly id: string;
  readonly task: string;
  readonly outcome: Outcome;
  /** The turn that it ends; absent for 0. */
  readonly turn?: number;
  /** Whether the compensation of the flow may wait for it; absent where it does not. */
  readonly isCounted?: true;
}
