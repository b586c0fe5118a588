import type { AsyncResult } from "./async-result.ts";
import { draw } from "./drawing/draw.ts";
import { InvalidFlow } from "./errors.ts";
import { fromJson, toJson } from "./json.ts";
import type { Json } from "./json.ts";
import type { GroupNode, Node } from "./node.ts";
import { collected } from "./node.ts";
import { settledOf, success } from "./outcome.ts";
import type { Sender } from "./sender.ts";

/**
 * Who sends what has no call in it, an empty group or an empty chain: such a step knows no app, and needs none, since
 * its result is known. Followed by a step of an app it belongs to that.
 */
export const NOBODY: Sender = {
  name: "none",
  send<Out>(node: Node, [input = null]: readonly unknown[]): AsyncResult<Out> {
    const value = valueOf(node, toJson(input, "apply: args[0]"));
    return ended<Out>(node, fromJson(value) as Out);
  },
};

function valueOf(node: Node, input: Json): Json {
  switch (node.kind) {
    case "chain":
      return node.steps.reduce((before, step) => valueOf(step, before), input);
    case "group":
      return groupValue(
        node,
        node.members.map((member) => valueOf(member, input)),
      );
    case "task":
      throw new InvalidFlow(`the call of ${node.task} belongs to no app; make it with a task of one`);
  }
}

/** n.b. Nothing in it can fail, and all members end at once. */
function groupValue({ keys, policy }: GroupNode, values: readonly Json[]): Json {
  if (policy === undefined) return collected(keys, values);
  if (policy === "settled")
    return collected(
      keys,
      values.map((value) => settledOf(success(value))),
    );
  return typeof policy === "object" ? values.slice(0, policy.quorum) : (values[0] ?? null);
}

async function* nothingHappens(): AsyncGenerator<never> {}

function ended<Out>(node: Node, value: Out): AsyncResult<Out> {
  return {
    id: "",
    flow: "",
    published: Promise.resolve(),
    parent: null,
    children: [],
    get: async () => value,
    state: async () => "SUCCESS",
    ready: async () => true,
    draw: async (format = "text", options = {}) => draw(node, format, options),
    events: nothingHappens,
    cancel: async () => {},
    compensation: async () => ({ undone: [], failed: [] }),
    forget: async () => {},
  };
}
