import type { FlowStarted } from "@umbel/core";
import { isOfFlow } from "@umbel/core";
import { onEvent } from "./events.ts";

/**
 * Tells of the tasks of a flow that begin in this process.
 *
 * @returns Ends it.
 */
export function onStart(flow: string, listener: (start: FlowStarted) => void): () => void {
  return onEvent(
    (event) => {
      if (event.type !== "task.started" || !isOfFlow(event.id, flow)) return;
      const { id, task, worker } = event;
      listener({ type: "started", id, task, worker, atMs: event.atMs });
    },
    ["task.started"],
  );
}
