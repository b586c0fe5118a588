import type { Compensating } from "./compensation.ts";
import { unpackIds } from "./ids.ts";
import type { Json, JsonObject } from "./json.ts";
import type { StepOptions } from "./options.ts";
import type { Policy } from "./policy.ts";

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
  /** Celery's `link`: begun with the result of this call when it has succeeded. */
  readonly callbacks?: readonly Node[];
  /** Celery's `link_error`: begun with the id of this call when it has failed, or the group has whose body it is. */
  readonly errbacks?: readonly Node[];
  /** Begun with its id when it has failed by itself. */
  readonly ownErrbacks?: readonly Node[];
  /** What undoes it, when it has succeeded and its flow has not. */
  readonly compensate?: TaskNode;
  /** Options of Celery's that mean nothing here; they travel on with the call. */
  readonly foreign?: JsonObject;
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
  /** One a member, where the results are to be a record; absent where they are a list. */
  readonly keys?: readonly string[];
  /** When it is decided, and as what; absent for `all`. */
  readonly policy?: Exclude<Policy, "all">;
  /** Where the members are known only when it begins, one for each element of the list that it gets; it has none before. */
  readonly each?: Each;
}

/** What a member is made of for each element, or for so many of them together. */
export interface Each {
  readonly step: Node;
  /** Elements in one message, one after the other; absent for one. */
  readonly size?: number;
}

/** A node whose tasks and groups have their ids: what travels between workers. */
export type PlacedNode = PlacedTask | PlacedChain | PlacedGroup | PlacedRest;

export interface PlacedTask extends Omit<TaskNode, "callbacks" | "errbacks" | "ownErrbacks" | "compensate"> {
  readonly id: string;
  /** The turn that it begins: of what ends the steps that took a task's place (rule 27). Absent for 0. */
  readonly turn?: number;
  /** The join whose body that task was; absent for none. */
  readonly claim?: string;
  readonly callbacks?: readonly PlacedNode[];
  readonly errbacks?: readonly PlacedNode[];
  readonly ownErrbacks?: readonly PlacedNode[];
  /** What it is to the compensation of its flow; absent for nothing. */
  readonly compensation?: Compensating;
  /** What undoes it: in the plan of a whole flow only, it does not travel with its step. */
  readonly undo?: PlacedTask;
}

export interface PlacedChain {
  readonly kind: "chain";
  readonly steps: readonly PlacedNode[];
}

export interface PlacedGroup {
  readonly kind: "group";
  readonly id: string;
  readonly members: readonly PlacedNode[];
  readonly keys?: readonly string[];
  readonly policy?: Exclude<Policy, "all">;
  readonly each?: PlacedEach;
}

/** What members are made of on the worker that begins the group; they get their ids there. */
export interface PlacedEach extends Each {
  /** The queue of the step's tasks that name none. */
  readonly queue: string;
}

/** The steps from here on, when they are many: they are in the store, written once, and travel as this. */
export interface PlacedRest {
  readonly kind: "rest";
  /** The page they are in; the id of its first step's result. */
  readonly id: string;
  /** The ids of all tasks in them (packed, see `ids.ts`), so that they can be failed without being read. */
  readonly ends: readonly string[];
  /** Whether the compensation of the flow waits for any of them; absent where it does not. */
  readonly isCounted?: true;
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

/** What the members of a group come to: the list of their values, or a record where the group has keys. */
export function collected<Value>(
  keys: readonly string[] | undefined,
  values: readonly Value[],
): readonly Value[] | { readonly [key: string]: Value } {
  if (keys === undefined) return values;
  return Object.fromEntries(values.map((value, i) => [keys[i] ?? String(i), value]));
}

/** The steps of a node in their order, chains within chains laid flat. */
export function stepsOf(node: Node): readonly (TaskNode | GroupNode)[] {
  return node.kind === "chain" ? node.steps.flatMap(stepsOf) : [node];
}

/** Steps as a node: one of them is itself, so that `.pipe` has an identity. */
export function asNode(steps: readonly (TaskNode | GroupNode)[]): Node {
  const [only, ...more] = steps;
  return only !== undefined && more.length === 0 ? only : { kind: "chain", steps };
}

/** The first task of a node in the order of its steps and members; undefined where it has none. */
export function firstTask(node: Node): TaskNode | undefined {
  if (node.kind === "task") return node;
  for (const child of childrenOf(node)) {
    const found = firstTask(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function childrenOf(node: ChainNode | GroupNode): readonly Node[] {
  if (node.kind === "chain") return node.steps;
  return node.each === undefined ? node.members : [node.each.step];
}
