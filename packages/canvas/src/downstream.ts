import type { PlacedNode, PlacedTask } from "@umbel/core";

/** Every task of these steps, members of groups too: what gets an outcome when it is never sent (rule 16). */
export function tasksOf(steps: readonly PlacedNode[]): readonly PlacedTask[] {
  const found: PlacedTask[] = [];
  const visit = (step: PlacedNode): void => {
    if (step.kind === "task") found.push(step);
    else (step.kind === "chain" ? step.steps : step.members).forEach(visit);
  };
  steps.forEach(visit);
  return found;
}
