import type { Fault, Turn } from "@umbel/runtime/testing";

/** One fault, the first time that a turn of a worker has this phase and label. */
export function strike(kind: Fault, phase: Turn["phase"], label: string): (turn: Turn) => Fault | undefined {
  let isDone = false;
  return (turn) => {
    if (isDone || turn.actor === "client" || turn.phase !== phase || turn.label !== label) return undefined;
    isDone = true;
    return kind;
  };
}
