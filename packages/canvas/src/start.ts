import type { Continuation, Json, Message, Messages, PlacedNode } from "@umbel/core";
import { START_TASK, resultId, startQueue } from "@umbel/core";
import type { Origin } from "./begin.ts";
import { begin, hasJoin, messageFor } from "./begin.ts";

/**
 * The messages that begin a flow.
 *
 * A flow that has a join and begins with a group, or with an exclusive call, is one message, `umbel.start`, which holds the whole plan: the
 * flow exists wholly or not at all (rule 1). It goes to the queue of the step after the join, since somebody must
 * serve that. Every other flow needs none of it: one message, or a plain group's members.
 *
 * @param undos - What undoes its steps, or the page in which that is: such a flow has a join, that of its compensation.
 */
export function start(
  plan: PlacedNode,
  input: readonly Json[],
  origin: Origin,
  undos: NonNullable<Continuation["undos"]> = [],
): Messages {
  const steps = plan.kind === "chain" ? plan.steps : [plan];
  const [first] = steps;
  if (first !== undefined && undos.length > 0)
    return [startMessage(first, { steps, join: null, undos }, input, origin)];
  if (first !== undefined && hasJoin(first.kind === "group" ? plan : first))
    return [startMessage(first, { steps, join: null }, input, origin)];
  const publish = begin({ steps, join: null }, input, origin).find(({ kind }) => kind === "publish");
  return publish?.kind === "publish" ? publish.messages : [];
}

function startMessage(
  first: PlacedNode,
  next: Continuation,
  input: readonly Json[],
  origin: Origin,
): Message {
  const queue = startQueue(next.steps);
  const task = {
    kind: "task" as const,
    id: resultId(first),
    task: START_TASK,
    args: [],
    kwargs: {},
    immutable: false,
    options: queue === undefined ? {} : { queue },
  };
  return messageFor(task, input, next, origin, null);
}
