import { unpackIds } from "./ids.ts";
import type { Json, JsonObject } from "./json.ts";

/** What is sent: plain data, a closed union. A `Step` is a typed face over one. */
export type Node = TaskNode | ChainNode | GroupNode;

/** One call of a task. */
export interface TaskNode {
  readonly kind: "task";
  readonly task: string;
  /** The bound arguments: the last ones; results go in front of them. */
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
  /** `.si()`: results are not put in front. */
  readonly immutable: boolean;
  readonly options: StepOptions;
}

/** Steps one after the other; each gets the result of the one before. */
export interface ChainNode {
  readonly kind: "chain";
  readonly steps: readonly Node[];
}

/** Steps side by side; their results in the order of the members. */
export interface GroupNode {
  readonly kind: "group";
  readonly members: readonly Node[];
}

/** Options of one call, in the field's words. */
export interface StepOptions {
  /** Where the message goes; default the app's queue, which is `celery` by default. */
  readonly queue?: string;
  /** 0 to 255; a RabbitMQ queue honours it when it was declared with `x-max-priority`. Default 0. */
  readonly priority?: number;
  /** Milliseconds to wait, from when the step is sent, before it runs. Default 0. */
  readonly countdownMs?: number;
  /** Headers of the user's own, sent with the message. */
  readonly headers?: JsonObject;
}

/** The step with these options where it does not say otherwise itself. */
export function withOptions(node: Node, options: StepOptions): Node {
  switch (node.kind) {
    case "task":
      return { ...node, options: { ...options, ...node.options } };
    case "chain":
      return { ...node, steps: node.steps.map((step) => withOptions(step, options)) };
    case "group":
      return { ...node, members: node.members.map((member) => withOptions(member, options)) };
  }
}

/** A node whose tasks and groups have their ids: what travels between workers. */
export type PlacedNode = PlacedTask | PlacedChain | PlacedGroup | PlacedRest;

export interface PlacedTask extends TaskNode {
  readonly id: string;
  /** Celery's `link`: sent with the result of this step. */
  readonly callbacks?: readonly PlacedTask[];
  /** Celery's `link_error`: sent with the id of this step when it failed. */
  readonly errbacks?: readonly PlacedTask[];
  /** Options of a foreign client that mean nothing here; they travel on with the step. */
  readonly foreign?: JsonObject;
}

export interface PlacedChain {
  readonly kind: "chain";
  readonly steps: readonly PlacedNode[];
}

export interface PlacedGroup {
  readonly kind: "group";
  readonly id: string;
  readonly members: readonly PlacedNode[];
}

/** The steps from here on, when they are many: they are in the store, written once, and travel as this. */
export interface PlacedRest {
  readonly kind: "rest";
  /** The page they are in; the id of its first step's result. */
  readonly id: string;
  /** The ids of all tasks in them (packed, see `ids.ts`), so that they can be failed without being read. */
  readonly ends: readonly string[];
  /** The queue of whoever begins them; absent for the default. */
  readonly queue?: string;
}

/** The id under which a placed node's own result is: its last task's, or its group's. */
export function resultId(node: PlacedNode): string {
  if (node.kind !== "chain") return node.id;
  const last = node.steps.at(-1);
  if (last?.kind === "rest") return unpackIds(last.ends.slice(-1)).at(-1) ?? last.id;
  return last === undefined ? "" : resultId(last);
}
