import type { Arrival, Continuation, Failure } from "@umbel/core";
import { failed, failureOf } from "@umbel/core";
import type { Origin } from "./begin.ts";
import { tasksOf } from "./downstream.ts";
import type { Effect, Ended } from "./effect.ts";

/** Outcomes for everything downstream, up to the next join; then the arrival there (rule 16). */
export function doom(next: Continuation, failure: Failure, origin: Origin): readonly Effect[] {
  const ended = tasksOf(next.steps).map((task): Ended => ({
    ...task,
    outcome: failed(failureOf(task, failure)),
  }));
  return end(ended, next.join, origin);
}

/** Stores outcomes, then arrives with them, or tells who waits for them. */
export function end(
  ended: readonly Ended[],
  join: Arrival | null,
  { replyTo }: Pick<Origin, "replyTo">,
): readonly Effect[] {
  const stored: Effect = { kind: "store", ended };
  if (join !== null) return [stored, { kind: "arrive", arrival: join, ok: false }];
  return replyTo === null ? [stored] : [stored, { kind: "push", replyTo, ended }];
}
