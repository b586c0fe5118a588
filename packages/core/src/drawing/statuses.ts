import { unpackIds } from "../ids.ts";
import type { PlacedNode } from "../node.ts";
import type { ResultStore } from "../results.ts";
import type { Statuses, TaskStatus } from "./status.ts";
import { statusOf } from "./status.ts";

/** Ids in one read of the store. */
const READ_SIZE = 1000;

/** The statuses of all tasks of these plans, those of their links among them; of what is read only a few words are kept. */
export async function findStatuses(
  plans: readonly PlacedNode[],
  find: ResultStore["find"],
): Promise<Statuses> {
  const ids = plans.flatMap(taskIds);
  const statuses = new Map<string, TaskStatus>();
  for (let from = 0; from < ids.length; from += READ_SIZE) {
    const found = await find(ids.slice(from, from + READ_SIZE));
    for (const [id, stored] of found) statuses.set(id, statusOf(id, stored));
  }
  return statuses;
}

function taskIds(node: PlacedNode): readonly string[] {
  switch (node.kind) {
    case "task": {
      const links = [...(node.callbacks ?? []), ...(node.errbacks ?? []), ...(node.ownErrbacks ?? [])];
      return [node.id, ...links.flatMap(taskIds)];
    }
    case "chain":
      return node.steps.flatMap(taskIds);
    case "group":
      return node.members.flatMap(taskIds);
    case "rest":
      return unpackIds(node.ends);
  }
}
