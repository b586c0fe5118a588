import type { PlacedNode } from "@umbel/core";
import { unpackIds } from "@umbel/core";

/** A task that has not run, by its id; its name is `unknown` where its step is in the store. */
export interface Pending {
  readonly id: string;
  readonly task: string;
}

/** Every task of these steps, members of groups too: what gets an outcome when it is never sent (rule 16). */
export function tasksOf(steps: readonly PlacedNode[]): readonly Pending[] {
  const found: Pending[] = [];
  const visit = (step: PlacedNode): void => {
    switch (step.kind) {
      case "task":
        found.push({ id: step.id, task: step.task });
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
