import type { PlacedNode } from "./node.ts";

/** A plan with all that it refers to, as far as that could be had. */
export interface WholePlan {
  /** Without references to pages, and with the members that each `each` came to have. */
  readonly plan: PlacedNode;
  /** The steps that took the place of tasks (`ctx.replace`), by the task's id. */
  readonly takers: ReadonlyMap<string, PlacedNode>;
}
