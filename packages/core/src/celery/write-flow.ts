import { InvalidFlow } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { EACH_TASK } from "../message.ts";
import type { Node, TaskNode } from "../node.ts";
import type { EachForm, Form } from "../pipe-rules.ts";
import { formOf } from "../pipe-rules.ts";
import type { Policy } from "../policy.ts";
import { OWN_ERRORS_OPTION, POLICY_OPTION, writeOptions } from "./call-options.ts";

/** A flow as Celery's signature objects: what `signature(…)` of a Python client reads. */
export function flowToSignature(node: Node): JsonObject {
  return write(formOf(node));
}

function write(form: Form): JsonObject {
  switch (form.kind) {
    case "task":
      return writeTask(form);
    case "chain":
      return composite("chain", { tasks: form.steps.map(write) });
    case "group":
      return composite("group", { tasks: form.members.map(write) }, policyOptions(form.policy));
    case "each":
      return writeEach(form);
    case "chord":
      return composite(
        "chord",
        { kwargs: {}, header: form.header.map(write), body: write(form.body) },
        policyOptions(form.policy),
      );
  }
}

function writeEach({ step, size, policy }: EachForm): JsonObject {
  const kwargs = { step: write(step), ...(size !== undefined && { size }), ...(policy && { policy }) };
  return { task: EACH_TASK, args: [], kwargs, options: {}, subtask_type: null, immutable: false };
}

function composite(kind: string, kwargs: JsonObject, options: JsonObject = {}): JsonObject {
  return { task: `celery.${kind}`, args: [], kwargs, options, subtask_type: kind, immutable: false };
}

/** n.b. Celery has no policies: a Python client that sends such a group itself has it joined as all are there. */
function policyOptions(policy: Policy | undefined): JsonObject {
  return policy === undefined ? {} : { [POLICY_OPTION]: policy };
}

function writeTask({ task, args, kwargs, immutable, ...call }: TaskNode): JsonObject {
  if (call.compensate !== undefined)
    throw new InvalidFlow(
      `${task} has an undo, which Celery's signature objects cannot say; send the flow from here`,
    );
  const { callbacks, errbacks = [], ownErrbacks = [] } = call;
  const errorLinks = [...errbacks, ...ownErrbacks];
  const options = {
    ...writeOptions(call.options, call.foreign),
    ...(callbacks && { link: callbacks.map(flowToSignature) }),
    ...(errorLinks.length > 0 && { link_error: errorLinks.map(flowToSignature) }),
    ...(ownErrbacks.length > 0 && { [OWN_ERRORS_OPTION]: ownErrbacks.length }),
  };
  return { task, args, kwargs, options, subtask_type: null, immutable };
}
