import type { AnyStep, Json, Node, TaskNode } from "@umbel/core";
import { MAP_TASK, STARMAP_TASK } from "@umbel/core";

/**
 * A flow as text, one line a call, indented under what holds it.
 *
 * @example
 * draw(group([add.s(1, 1), add.s(2, 2)]).pipe(sum.s()));
 * // chain
 * // ├─ group
 * // │  ├─ add(1, 1)
 * // │  └─ add(2, 2)
 * // └─ sum(…)
 */
export function draw(step: AnyStep): string {
  return lines(step.node, true).join("\n");
}

function lines(node: Node, isFirst: boolean): readonly string[] {
  switch (node.kind) {
    case "task":
      return [call(node, isFirst)];
    case "chain":
      return ["chain", ...branches(node.steps.map((step, i) => lines(step, isFirst && i === 0)))];
    case "group":
      return ["group", ...branches(node.members.map((member) => lines(member, isFirst)))];
  }
}

function branches(children: readonly (readonly string[])[]): readonly string[] {
  return children.flatMap((child, i) => {
    const isLast = i === children.length - 1;
    return child.map((line, row) => {
      if (row === 0) return `${isLast ? "└─" : "├─"} ${line}`;
      return `${isLast ? "  " : "│ "} ${line}`;
    });
  });
}

/** `…` stands for the result of the step before. */
function call(node: TaskNode, isFirst: boolean): string {
  if (node.task === MAP_TASK || node.task === STARMAP_TASK) return callOver(node);
  const bound = node.args.map(short);
  return `${node.task}(${(isFirst || node.immutable ? bound : ["…", ...bound]).join(", ")})`;
}

/** `add.starmap(100 items)`: what is called, and how often. */
function callOver({ task, kwargs }: TaskNode): string {
  const { task: callee, it } = kwargs as {
    readonly task: { readonly task: string };
    readonly it: readonly Json[];
  };
  return `${callee.task}.${task.replace("celery.", "")}(${it.length} items)`;
}

function short(json: Json): string {
  const text = JSON.stringify(json);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
