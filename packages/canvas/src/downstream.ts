import type { PlacedNode } from "@umbel/core";
import { unpackIds } from "@umbel/core";

/** A task that has not run, by its id; its name is `unknown` where its step is in the store. */
export interface Pending {
  readonly id: string;
  readonly task: string;
  /** The turn that it would have begun; absent for 0. */
  readonly turn?: number;
}

/** The steps of a node, which follow each other. */
export function stepsIn(node: PlacedNode): readonly PlacedNode[] {
  return node.kind === "chain" ? node.steps : [node];
}

/** Every task of these steps, members of groups too: what gets an outcome when it is never sent (rule 16). */
export function tasksOf(steps: readonly PlacedNode[]): readonly Pending[] {
  const found: Pending[] = [];
  const visit = (step: PlacedNode): void => {
    switch (step.kind) {
      case "task":
        found.push({ id: step.id, task: step.task, ...(step.turn !== undefined && { turn: step.turn }) });
        return;
      case "chain":
        step.steps.forEach(visit);
        return;
      case "group":
        step.members.forEach(visit);
        return;
      case "rest":
        unpackIds(step.ends).forEach((id) => found.push({ id, task: "unknown" }));
    }
  };
  steps.forEach(visit);
  return found;
}
