import { InvalidFlow } from "./errors.ts";
import { MAP_TASK, STARMAP_TASK } from "./message.ts";
import type { Node, PlacedNode, TaskNode } from "./node.ts";
import type { Reason } from "./outcome.ts";

/**
 * A step that succeeded, as its undo gets it: one argument.
 *
 * @example
 * const cancelTrip = app.task("trips.cancel", (done: Done<{ booking: string }>) => release(done.result.booking));
 */
export interface Done<out Result = unknown> {
  /** The id of the step that is to be undone. */
  readonly id: string;
  /** The name of its task. */
  readonly task: string;
  /** What it was called with, as it was: also the result before it. */
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** What it returned. */
  readonly result: Result;
}

/** A step that was undone. */
export interface Undone {
  /** The id of the step. */
  readonly id: string;
  /** The name of its task. */
  readonly task: string;
  /** The id of its undo: `ctx.id` there. */
  readonly undo: string;
}

/** A step that succeeded and could not be undone. */
export interface NotUndone extends Undone {
  /** What its undo failed of; or that it is not known any more whether the step, or its undo, succeeded (`OUTCOME_LOST`). */
  readonly reason: Reason;
}

/** What became of the steps of a flow that were to be undone; the last of them first. */
export interface Compensation {
  readonly undone: readonly Undone[];
  readonly failed: readonly NotUndone[];
}

/**
 * What a task is to the compensation of its flow: a `step` that may have to be undone, the `end` of the flow, or an `undo`.
 * The end may be such a step itself: then it is a `step`.
 */
export type Compensating = "step" | "end" | "undo";

/** What may be said of a task that is in a plan. */
interface Planned {
  readonly compensation?: Compensating;
}

/** Whether the compensation of the flow waits for a task's end. */
export function isCounted({ compensation }: Planned): boolean {
  return compensation === "step" || compensation === "end";
}

/** Whether steps of a placed flow may have to be undone: then it ends in a call that is counted. */
export function isCompensated(plan: PlacedNode): boolean {
  const last = plan.kind === "chain" ? plan.steps.at(-1) : plan;
  if (last?.kind === "rest") return last.isCounted === true;
  return last?.kind === "task" && isCounted(last);
}

/** The most steps of one flow that can be undone: they are counted in one document. */
export const MAX_COMPENSATED = 1_000;

/** The name of what has the outcome of a compensation; no worker runs it. */
export const COMPENSATION_TASK = "umbel.compensation";

/** The id of a flow's compensation: of the join that waits for all that may have to be undone, and of what it came to (rule 37). */
export function compensationId(flow: string): string {
  return `${flow}!c`;
}

/** The id of the undo of a step. */
export function undoId(step: string): string {
  return `${step}${UNDO}`;
}

/** Whether a task is an undo, or belongs to one, by its id. */
export function isOfUndo(id: string): boolean {
  return id.includes(UNDO);
}

const UNDO = "!u";

/**
 * A call with another one that undoes it.
 *
 * @throws {InvalidFlow} One of them is no single call, or the undo would have to be undone itself.
 */
export function withCompensation(node: Node, undo: Node): TaskNode {
  if (node.kind !== "task")
    throw new InvalidFlow(
      `compensate needs one call, and this is a ${node.kind}; say for each of its calls how it is undone`,
    );
  if (node.task === MAP_TASK || node.task === STARMAP_TASK)
    throw new InvalidFlow(
      "compensate needs one call, and this is a map: what its items did would stay when a later one fails; use a group",
    );
  if (undo.kind !== "task")
    throw new InvalidFlow(
      `the undo of ${node.task} has to be one call, and is a ${undo.kind}; make one task of what it does`,
    );
  if (undo.compensate !== undefined)
    throw new InvalidFlow(`the undo of ${node.task}, ${undo.task}, cannot have an undo itself`);
  return { ...node, compensate: undo };
}

/** The first call in a node that has an undo; undefined where none has. What is linked to it is no part of it. */
export function firstCompensated(node: Node): TaskNode | undefined {
  if (node.kind === "task") return node.compensate === undefined ? undefined : node;
  const inside =
    node.kind === "chain" ? node.steps : [...node.members, ...(node.each ? [node.each.step] : [])];
  for (const child of inside) {
    const found = firstCompensated(child);
    if (found !== undefined) return found;
  }
  return undefined;
}
