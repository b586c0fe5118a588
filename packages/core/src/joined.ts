import { GATHER_TASK } from "./message.ts";
import type { GroupNode, PlacedGroup, PlacedTask, TaskNode } from "./node.ts";

/** A step, and the gather behind it that nobody wrote: what a group that is joined comes to. */
export interface Joined<Task extends TaskNode | PlacedTask, Group extends GroupNode | PlacedGroup> {
  readonly step: Task | Group;
  readonly gather: Task | null;
}

/** The steps of a chain as they were written: a gather that a plan needs belongs to the group before it. */
export function withoutGathers<Task extends TaskNode | PlacedTask, Group extends GroupNode | PlacedGroup>(
  steps: readonly (Task | Group)[],
): readonly Joined<Task, Group>[] {
  const joined: Joined<Task, Group>[] = [];
  for (const step of steps) {
    const before = joined.at(-1);
    if (step.kind === "task" && isPlainGather(step) && before?.step.kind === "group") {
      joined[joined.length - 1] = { ...before, gather: step };
    } else joined.push({ step, gather: null });
  }
  return joined;
}

/** Whether a task does nothing but what a plan needs; one with links does what somebody wrote. */
export function isPlainGather({ task, callbacks, errbacks, ownErrbacks }: TaskNode | PlacedTask): boolean {
  const links = [callbacks, errbacks, ownErrbacks];
  return task === GATHER_TASK && links.every((each) => each === undefined);
}
