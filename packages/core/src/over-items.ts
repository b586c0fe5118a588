import { InvalidOption } from "./errors.ts";
import type { Json } from "./json.ts";
import { toJson } from "./json.ts";
import type { MAP_TASK } from "./message.ts";
import { STARMAP_TASK } from "./message.ts";
import type { GroupNode, TaskNode } from "./node.ts";
import type { StepOptions } from "./options.ts";
import { Step } from "./step.ts";

/** A task called over items, so many in a message: a group already, as `.group()` says in Celery's words. */
export class Chunks<out Out> extends Step<[ignored?: unknown], Out[][]> {
  /** The group of its messages: this. */
  group(): this {
    return this;
  }
}

/** What a task has to be known by, for a call of it over items. */
export interface Callee {
  readonly name: string;
  readonly options: StepOptions;
}

/** One message that calls a task for each item. */
export function mapNode(
  kind: typeof MAP_TASK | typeof STARMAP_TASK,
  task: Callee,
  items: Iterable<unknown>,
): TaskNode {
  return nodeOver(kind, task, itemsToJson(items, task.name));
}

/**
 * A group of messages, each of which calls a task for `size` items, spread; the last for what is left.
 *
 * @throws {InvalidOption} `size` is not an integer from 1.
 */
export function chunksNode(task: Callee, items: Iterable<unknown>, size: number): GroupNode {
  if (!Number.isInteger(size) || size < 1) {
    throw new InvalidOption(`the size of ${task.name}'s chunks is ${size}; it has to be an integer from 1`);
  }
  const all = itemsToJson(items, task.name);
  const members = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    nodeOver(STARMAP_TASK, task, all.slice(i * size, (i + 1) * size)),
  );
  return { kind: "group", members };
}

/** n.b. The form of Celery's own `map` and `starmap`: whichever worker gets it can run it. It is many calls already. */
function nodeOver(kind: string, { name, options: own }: Callee, items: readonly Json[]): TaskNode {
  const { bundle: _bundle, ...options } = own;
  const task = { task: name, args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false };
  return { kind: "task", task: kind, args: [], kwargs: { task, it: items }, immutable: true, options };
}

function itemsToJson(items: Iterable<unknown>, task: string): readonly Json[] {
  return Array.from(items, (item, i) => toJson(item, `${task}: items[${i}]`));
}
