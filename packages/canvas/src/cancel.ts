import type { Failure, Json, Message, PlacedNode } from "@umbel/core";
import { CANCEL_TASK, NO_REASON, cancelFailure, cancelId, startQueue } from "@umbel/core";
import type { Origin } from "./begin.ts";
import { messageFor } from "./begin.ts";
import { endFrames } from "./doom.ts";
import type { Effect } from "./effect.ts";

/**
 * The message that ends a flow: `umbel.cancel`, with the whole plan (rule 17). It goes where the flow's start went, since
 * somebody serves that.
 */
export function cancelMessage(plan: PlacedNode, reason: string, origin: Origin): Message {
  const steps = plan.kind === "chain" ? plan.steps : [plan];
  const queue = startQueue(steps);
  const task = {
    kind: "task" as const,
    id: cancelId(origin.flow),
    task: CANCEL_TASK,
    args: [reason],
    kwargs: {},
    immutable: true,
    options: queue === undefined ? {} : { queue },
  };
  return messageFor(task, [], { steps, join: null }, origin, null);
}

/** What has to be done for a cancel: it is kept and told before anything ends (rule 17). */
export function cancel({ flow, args, next, replyTo, id }: Message): readonly Effect[] {
  const reason = reasonIn(args);
  const failure = cancelFailure(reason, CANCEL_TASK, id);
  return [
    { kind: "cancel", cancel: { scope: flow, reason } },
    { kind: "end", steps: next.steps, failure, replyTo },
  ];
}

/** What ends a plan whose start cannot be gone on from, or is not wanted any more (rule 23). */
export function endStart({ id, flow, next, replyTo }: Message, failure: Failure): readonly Effect[] {
  const { steps, join } = next;
  const frames = endFrames(steps, failure, { flow, parent: id, replyTo });
  if (join === null) return [{ kind: "end", steps, failure, replyTo }, ...frames];
  return [
    { kind: "end", steps, failure, replyTo: null },
    ...frames,
    { kind: "arrive", arrival: join, ok: false },
  ];
}

function reasonIn([reason]: readonly Json[]): string {
  return typeof reason === "string" ? reason : NO_REASON;
}
