import type {
  Compensation,
  Done,
  Failed,
  Json,
  Join,
  NotUndone,
  OutcomeRecord,
  PlacedNode,
  PlacedTask,
  StoredTask,
} from "@umbel/core";
import {
  InvalidFlow,
  MAX_COMPENSATED,
  compensationId,
  engineFailure,
  failed,
  isCompensated,
  memberIds,
  settledOf,
} from "@umbel/core";
import type { Origin } from "./begin.ts";

/** A flow as it travels, and what undoes its steps, which does not travel with them. */
export interface Parted {
  readonly plan: PlacedNode;
  /** In the order of the plan. */
  readonly undos: readonly PlacedTask[];
}

/**
 * Takes what undoes its steps out of the plan of a whole flow.
 *
 * @throws {InvalidFlow} More than `MAX_COMPENSATED`.
 */
export function partUndos(whole: PlacedNode): Parted {
  if (!isCompensated(whole)) return { plan: whole, undos: [] };
  const undos: PlacedTask[] = [];
  const plan = withoutUndos(whole, undos);
  if (undos.length <= MAX_COMPENSATED) return { plan, undos };
  throw new InvalidFlow(
    `a flow has ${undos.length} calls with an undo, and ${MAX_COMPENSATED} at most can be undone; split it`,
  );
}

function withoutUndos(node: PlacedNode, found: PlacedTask[]): PlacedNode {
  switch (node.kind) {
    case "task": {
      const { undo, ...task } = node;
      if (undo !== undefined) found.push(undo);
      return task;
    }
    case "chain":
      return { ...node, steps: node.steps.map((step) => withoutUndos(step, found)) };
    case "group":
      return { ...node, members: node.members.map((member) => withoutUndos(member, found)) };
    case "rest":
      return node;
  }
}

/** The join of a flow's compensation: a member for each step that may have to be undone, and one for its end (rule 37). */
export function compensationJoin(
  undos: readonly PlacedTask[],
  { flow, replyTo }: Pick<Origin, "flow" | "replyTo">,
): Join {
  const members = [...undos.map(({ id }) => stepOf(id)), flow];
  const next = { steps: [], join: null };
  return { id: compensationId(flow), size: members.length, next, flow, replyTo, members, undos };
}

/** What the undo of a step gets; null where the step did not succeed, or where what is known of it is not all of that. */
export function doneOf(record: OutcomeRecord | null | undefined): Done<Json> | null {
  if (!record || record.outcome.state !== "SUCCESS") return null;
  const { id, task, args, kwargs, outcome } = record;
  if (task === null || args === null || kwargs === null) return null;
  return { id, task, args, kwargs, result: outcome.value };
}

/**
 * What became of the steps of a flow that failed, the last of them first.
 *
 * @param stored - What is known of the steps and of their undos.
 */
export function compensationOf(join: Join, stored: ReadonlyMap<string, StoredTask>): Compensation {
  const ids = memberIds(join);
  const told = (join.undos ?? []).map((undo, i) => whatBecameOf(ids[i] ?? "", undo, stored)).toReversed();
  return {
    undone: told.flatMap((each) => (each === null || "reason" in each ? [] : [each])),
    failed: told.flatMap((each) => (each !== null && "reason" in each ? [each] : [])),
  };
}

/** Null for a step that has nothing to undo. */
function whatBecameOf(
  id: string,
  undo: PlacedTask,
  stored: ReadonlyMap<string, StoredTask>,
): Compensation["undone"][number] | NotUndone | null {
  const step = stored.get(id)?.record;
  if (step?.outcome.state === "FAILURE") return null;
  const said = { id, task: step?.task ?? "unknown", undo: undo.id };
  if (doneOf(step) === null) return { ...said, reason: reasonOf(lost("step", id, undo)) };
  const outcome = stored.get(undo.id)?.record?.outcome;
  if (outcome?.state === "SUCCESS") return said;
  return { ...said, reason: reasonOf(outcome ?? lost("undo", undo.id, undo)) };
}

function lost(what: string, id: string, { task }: PlacedTask): Failed {
  const message = `what is known of the ${what} ${id} is gone, or is not all; did it expire, or was it dropped?`;
  return failed(engineFailure("OUTCOME_LOST", message, task, id));
}

function reasonOf(outcome: Failed): NotUndone["reason"] {
  return settledOf(outcome)["reason"] as unknown as NotUndone["reason"];
}

/** The id of the step that an undo is of. */
export function stepOf(undo: string): string {
  return undo.slice(0, undo.lastIndexOf("!"));
}
