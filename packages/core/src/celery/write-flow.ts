import type { JsonObject } from "../json.ts";
import type { Node, TaskNode } from "../node.ts";
import type { Form } from "../pipe-rules.ts";
import { formOf } from "../pipe-rules.ts";
import { writeOptions } from "./call-options.ts";

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
      return composite("group", { tasks: form.members.map(write) });
    case "chord":
      return composite("chord", { kwargs: {}, header: form.header.map(write), body: write(form.body) });
  }
}

function composite(kind: string, kwargs: JsonObject): JsonObject {
  return { task: `celery.${kind}`, args: [], kwargs, options: {}, subtask_type: kind, immutable: false };
}

function writeTask({ task, args, kwargs, immutable, ...call }: TaskNode): JsonObject {
  const { callbacks, errbacks } = call;
  const options = {
    ...writeOptions(call.options, call.foreign),
    ...(callbacks && { link: callbacks.map(flowToSignature) }),
    ...(errbacks && { link_error: errbacks.map(flowToSignature) }),
  };
  return { task, args, kwargs, options, subtask_type: null, immutable };
}
