import type { Arrival, Join, Message, Outcome } from "@umbel/core";

/** What the runtime has to do for a flow to go on; performed in order, the delivery acknowledged last. */
export type Effect =
  /** Store these outcomes, first write wins, before what follows (rule 5). */
  | { readonly kind: "store"; readonly ended: readonly Ended[] }
  /** Register these joins, outer first (rule 2). */
  | { readonly kind: "register"; readonly joins: readonly Join[] }
  /** Publish these messages, confirmed. */
  | { readonly kind: "publish"; readonly messages: readonly Message[] }
  /** Arrive at a join as one of its members. */
  | { readonly kind: "arrive"; readonly arrival: Arrival; readonly ok: boolean }
  /** Let a finished join go when its flow is old (rule 15). */
  | { readonly kind: "retire"; readonly join: string }
  /** Push these outcomes to whoever awaits them. */
  | { readonly kind: "push"; readonly replyTo: string; readonly ended: readonly Ended[] };

/** A task that has ended, and how. */
export interface Ended {
  readonly id: string;
  readonly task: string;
  readonly outcome: Outcome;
}
