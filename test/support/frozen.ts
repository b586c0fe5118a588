import type { AnyStep } from "@umbel/core";

/** The step with nothing in it that could be changed: whoever tries throws. */
export function frozen<S extends AnyStep>(step: S): S {
  freeze(step.node);
  return Object.freeze(step);
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}
