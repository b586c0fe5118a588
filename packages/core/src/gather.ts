import { GATHER_TASK } from "./message.ts";
import type { Node, TaskNode } from "./node.ts";
import { firstTask } from "./node.ts";

/**
 * A call of the built-in task that returns what it gets: the body of a group that something waits for, and nothing
 * else follows. It goes where the first task of that group goes, since somebody serves that queue.
 */
export function gatherNode(after: Node): TaskNode {
  return gatherAt(firstTask(after)?.options.queue);
}

/** A call of it that goes to this queue; to the default one for undefined. */
export function gatherAt(
  queue: string | undefined,
): Omit<TaskNode, "callbacks" | "errbacks" | "ownErrbacks"> {
  return {
    kind: "task",
    task: GATHER_TASK,
    args: [],
    kwargs: {},
    immutable: false,
    options: queue === undefined ? {} : { queue },
  };
}
