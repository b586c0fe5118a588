import type { Backend, PlacedNode } from "@umbel/core";
import { isIgnored, stepsOfText, unpackIds } from "@umbel/core";

/**
 * The ids of the tasks that a flow ends with, as far as it can be known: one, or those of the members of a last group. Of what
 * is not kept, those of the step before it.
 */
export async function lastTasks(flow: string, { flows, plans }: Backend): Promise<readonly string[]> {
  const sent = await flows.load(flow);
  return sent === null ? [flow] : endsOf(sent.plan, plans);
}

async function endsOf(node: PlacedNode, plans: Backend["plans"]): Promise<readonly string[]> {
  let last: PlacedNode | undefined = node;
  while (last?.kind === "chain" || last?.kind === "rest")
    last = last.kind === "chain" ? last.steps.findLast(isTold) : await lastOf(last, plans);
  if (last === undefined) return [];
  if (last.kind === "task") return isTold(last) ? [last.id] : [];
  const ends: string[] = [];
  for (const member of last.members) ends.push(...(await endsOf(member, plans)));
  return ends;
}

function isTold(step: PlacedNode): boolean {
  return step.kind !== "task" || !isIgnored(step);
}

/** The steps of a page; where it is gone, the last of the tasks that were in it. */
async function lastOf(
  { id, ends }: Extract<PlacedNode, { kind: "rest" }>,
  plans: Backend["plans"],
): Promise<PlacedNode> {
  const text = await plans.load(id);
  if (text !== null) return { kind: "chain", steps: stepsOfText(text) };
  const last = unpackIds(ends.slice(-1)).at(-1) ?? id;
  return { kind: "task", id: last, task: "unknown", args: [], kwargs: {}, immutable: false, options: {} };
}
