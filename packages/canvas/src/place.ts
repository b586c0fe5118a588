import type { ChainNode, GroupNode, Node, PlacedGroup, PlacedNode, PlacedTask, TaskNode } from "@umbel/core";
import { GATHER_TASK, InvalidFlow, MAX_MEMBERS, childId } from "@umbel/core";

/**
 * Gives every task and group of a flow its id, from the flow's id and its position.
 *
 * What comes out has a regular form, so that nothing after this has cases:
 * - a chain holds tasks and groups only, and has at least two of them;
 * - a chain's last task has the chain's own id, so member i of group g ends under `<g>.<i>`;
 * - a group that something waits for is followed by a task: where there is none, by `umbel.gather`, which returns
 *   the list of the members' results. So a group that nothing follows ends the flow.
 *
 * @throws {InvalidFlow} A chain without steps, or a group of more than `MAX_MEMBERS`.
 */
export function place(node: Node, flow: string): PlacedNode {
  return placeAt(node, flow, false);
}

/** @param isAwaited - Whether a join waits for this node, so that it must end in a task. */
function placeAt(node: Node, id: string, isAwaited: boolean): PlacedNode {
  const steps = linked(flatten(node), isAwaited);
  const [first] = steps;
  if (first === undefined)
    throw new InvalidFlow("a chain without steps cannot be sent; give it at least one step");
  if (steps.length === 1) return placeStep(first, id, false);
  const last = steps.length - 1;
  return {
    kind: "chain",
    steps: steps.map((step, k) =>
      placeStep(step, k === last && step.kind === "task" ? id : childId(id, k), k < last),
    ),
  };
}

function placeStep(step: TaskNode | GroupNode, id: string, isFollowed: boolean): PlacedTask | PlacedGroup {
  if (step.kind === "task") return { ...step, id };
  if (step.members.length > MAX_MEMBERS) {
    throw new InvalidFlow(
      `a group has ${step.members.length} members, and ${MAX_MEMBERS} at most can be joined; split it`,
    );
  }
  return {
    kind: "group",
    id,
    members: step.members.map((member, i) => placeAt(member, childId(id, i), isFollowed)),
  };
}

/** The steps with a gather wherever a group would be followed by a group, or by whoever waits for the end. */
function linked(
  steps: readonly (TaskNode | GroupNode)[],
  isAwaited: boolean,
): readonly (TaskNode | GroupNode)[] {
  return steps.flatMap((step, k) => {
    if (step.kind === "task") return [step];
    const next = steps[k + 1];
    const needsGather = next === undefined ? isAwaited : next.kind === "group";
    return needsGather ? [step, gather(step)] : [step];
  });
}

/** The built-in body of a group; it goes where the group's first task goes, since somebody serves that queue. */
function gather(group: GroupNode): TaskNode {
  const queue = firstTask(group)?.options.queue;
  return {
    kind: "task",
    task: GATHER_TASK,
    args: [],
    kwargs: {},
    immutable: false,
    options: queue === undefined ? {} : { queue },
  };
}

function flatten(node: Node): readonly (TaskNode | GroupNode)[] {
  return node.kind === "chain" ? node.steps.flatMap(flatten) : [node];
}

function firstTask(node: Node): TaskNode | undefined {
  if (node.kind === "task") return node;
  const [first] = childrenOf(node);
  return first === undefined ? undefined : firstTask(first);
}

function childrenOf(node: ChainNode | GroupNode): readonly Node[] {
  return node.kind === "chain" ? node.steps : node.members;
}
