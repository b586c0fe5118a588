import type { Done, Join, Json, PlacedTask } from "@umbel/core";
import { compensationId } from "@umbel/core";
import { begin } from "./begin.ts";
import type { Effect } from "./effect.ts";

/** What has to be done for a step that succeeded to be undone; it is claimed as an exclusive call is. */
export function beginUndo(
  undo: PlacedTask,
  done: Done<Json>,
  { flow }: Pick<Join, "flow">,
): readonly Effect[] {
  const origin = { flow, parent: compensationId(flow), replyTo: null };
  return begin({ steps: [undo], join: null }, [done as unknown as Json], origin);
}
