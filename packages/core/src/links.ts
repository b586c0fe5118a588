import { InvalidFlow } from "./errors.ts";
import { gatherNode } from "./gather.ts";
import { FAILURE_TASK } from "./message.ts";
import type { GroupNode, Node, TaskNode } from "./node.ts";
import { asNode, stepsOf } from "./node.ts";
import { mapFirst, mapMembers } from "./options.ts";

/**
 * A node after whose success another one begins, with its result.
 *
 * A chain's link is that of its last step. A group's begins once, when all its members have succeeded, with the list
 * of their results; so something gathers them first.
 *
 * @throws {InvalidFlow} A chain without steps, which nothing can be linked to.
 */
export function withLink(node: Node, callback: Node): Node {
  const steps = stepsOf(node);
  const last = steps.at(-1);
  if (last === undefined)
    throw new InvalidFlow("a chain without steps has no end to link to; give it a step");
  const linked =
    last.kind === "task" ? [addCallback(last, callback)] : [last, addCallback(gatherNode(last), callback)];
  return asNode([...steps.slice(0, -1), ...linked]);
}

/**
 * A node after whose failure another one begins, with the id of the call that failed: each of its calls that can fail
 * by itself has the link, as in Celery. A group that is followed by something has it on its body, which fails when any
 * of the members did; a group at the end on each of its members.
 */
export function withErrorLink(node: Node, errback: Node): Node {
  return withErrback(node, errback, {
    onTask: (task) => addErrback(task, errback),
    atTheEnd: (group) => [mapMembers(group, (member) => withErrorLink(member, errback))],
  });
}

/**
 * A node after whose failure a handler begins, once, with what is known of the failure: of a call when it fails by
 * itself, of a chain when one of its steps does, of a group when it is decided and has failed.
 */
export function withFailureHandler(node: Node, handler: Node): Node {
  const exclusive = mapFirst(handler, (task) => ({ ...task, options: { ...task.options, exclusive: true } }));
  const report = { ...gatherNode(handler), task: FAILURE_TASK };
  const errback = asNode([report, ...stepsOf(exclusive)]);
  return withErrback(node, errback, {
    // n.b. A call that follows nothing here may be the body of a group outside, whose failure is none of this.
    onTask: (task, before) =>
      before?.kind === "group" ? addErrback(task, errback) : addOwnErrback(task, errback),
    atTheEnd: (group) => [group, addErrback(gatherNode(group), errback)],
  });
}

/** Where an error link goes: onto a call, by the step before it, and what a group becomes that nothing follows. */
interface Placement {
  readonly onTask: (task: TaskNode, before: TaskNode | GroupNode | undefined) => TaskNode;
  readonly atTheEnd: (group: GroupNode) => readonly (TaskNode | GroupNode)[];
}

function withErrback(node: Node, errback: Node, { onTask, atTheEnd }: Placement): Node {
  const steps = stepsOf(node);
  return asNode(
    steps.flatMap((step, k) => {
      if (step.kind === "task") return [onTask(step, steps[k - 1])];
      const next = steps[k + 1];
      if (next === undefined) return atTheEnd(step);
      return next.kind === "group" ? [step, addErrback(gatherNode(step), errback)] : [step];
    }),
  );
}

function addOwnErrback(task: TaskNode, errback: Node): TaskNode {
  return { ...task, ownErrbacks: added(task.ownErrbacks, errback) };
}

function addCallback(task: TaskNode, callback: Node): TaskNode {
  return { ...task, callbacks: added(task.callbacks, callback) };
}

function addErrback(task: TaskNode, errback: Node): TaskNode {
  return { ...task, errbacks: added(task.errbacks, errback) };
}

/** n.b. The same link twice is one, as in Celery. */
function added(links: readonly Node[] = [], link: Node): readonly Node[] {
  const text = JSON.stringify(link);
  return links.some((each) => JSON.stringify(each) === text) ? links : [...links, link];
}
