import type { Arrival, Continuation, Failure, PlacedNode } from "@umbel/core";
import { failed, failureOf, isCancel, resultId } from "@umbel/core";
import type { Origin } from "./begin.ts";
import { tasksOf } from "./downstream.ts";
import type { Effect, Ended } from "./effect.ts";

/** Outcomes for everything downstream, up to the next join; then the arrival there (rule 16). */
export function doom(next: Continuation, failure: Failure, origin: Origin): readonly Effect[] {
  const ended = tasksOf(next.steps).map((task): Ended => ({
    ...task,
    outcome: failed(failureOf(task, failure)),
  }));
  const [stored, ...after] = end(ended, next.join, origin);
  return stored === undefined ? after : [stored, ...endFrames(next.steps, failure, origin), ...after];
}

/** The same for what follows a group that has failed: its body's error links begin, as if it had been run. */
export function doomBody(next: Continuation, failure: Failure, origin: Origin): readonly Effect[] {
  const [body] = next.steps;
  const errbacks = body?.kind === "task" ? (body.errbacks ?? []) : [];
  const [stored, ...after] = doom(next, failure, origin);
  if (body === undefined || stored === undefined || errbacks.length === 0 || isCancel(failure))
    return stored === undefined ? after : [stored, ...after];
  const task = resultId(body);
  return [stored, { kind: "link", links: errbacks, task, origin }, ...after]; // stored, then acted upon (rule 5)
}

/**
 * What else ends with steps that took a task's place: that task has failed by them, so its error links begin, and the
 * join whose body it was has ended (rule 27).
 */
export function endFrames(steps: readonly PlacedNode[], failure: Failure, origin: Origin): readonly Effect[] {
  return steps.flatMap((step): readonly Effect[] => {
    if (step.kind === "chain") return endFrames(step.steps, failure, origin);
    if (step.kind !== "task" || step.turn === undefined) return [];
    const { id, errbacks = [], claim } = step;
    const isTold = errbacks.length > 0 && !isCancel(failure);
    return [
      ...(isTold ? [{ kind: "link" as const, links: errbacks, task: id, origin }] : []),
      ...(claim === undefined ? [] : [{ kind: "retire" as const, join: claim }]),
    ];
  });
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
