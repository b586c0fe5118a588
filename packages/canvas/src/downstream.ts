import type { PlacedNode, PlacedRest, PlacedTask } from "@umbel/core";
import { isCounted, unpackIds } from "@umbel/core";

/** A task that has not run, by its id; its name is `unknown` where its step is in the store. */
export interface Pending {
  readonly id: string;
  readonly task: string;
  /** The turn that it would have begun; absent for 0. */
  readonly turn?: number;
  /** Whether the compensation of the flow may wait for it; absent where it does not. */
  readonly isCounted?: true;
}

/** What is to be known of a task that has not run. */
export function pendingOf({
  id,
  task,
  turn,
  ...said
}: Pick<PlacedTask, "id" | "task" | "turn" | "compensation">): Pending {
  return { id, task, ...(turn !== undefined && { turn }), ...(isCounted(said) && { isCounted: true }) };
}

/** Likewise of tasks whose steps are in the store. */
export function pendingIn({
  ends,
  isCounted: some,
}: Pick<PlacedRest, "ends" | "isCounted">): readonly Pending[] {
  return unpackIds(ends).map((id) => ({ id, task: "unknown", ...(some && { isCounted: some }) }));
}

/** The steps of a node, which follow each other. */
export function stepsIn(node: PlacedNode): readonly PlacedNode[] {
  return node.kind === "chain" ? node.steps : [node];
}

/** Whether the compensation of the flow may wait for any task of these steps. n.b. What is in the store is not unpacked. */
export function hasCounted(steps: readonly PlacedNode[]): boolean {
  return steps.some((step) => {
    if (step.kind === "task") return isCounted(step);
    if (step.kind === "rest") return step.isCounted === true;
    return hasCounted(step.kind === "chain" ? step.steps : step.members);
  });
}

/** Every task of these steps, members of groups too: what gets an outcome when it is never sent (rule 16). */
export function tasksOf(steps: readonly PlacedNode[]): readonly Pending[] {
  const found: Pending[] = [];
  const visit = (step: PlacedNode): void => {
    switch (step.kind) {
      case "task":
        found.push(pendingOf(step));
        return;
      case "chain":
        step.steps.forEach(visit);
        return;
      case "group":
        step.members.forEach(visit);
        return;
      case "rest":
        for (const task of pendingIn(step)) found.push(task); // n.b. too many for a spread
    }
  };
  steps.forEach(visit);
  return found;
}
