import type { FlowStore } from "./flows.ts";
import type { JoinStore } from "./joins.ts";
import type { PlanStore } from "./plans.ts";
import type { ResultStore } from "./results.ts";

/** The four stores behind one backend URL. */
export interface Backend {
  readonly results: ResultStore;
  readonly joins: JoinStore;
  readonly plans: PlanStore;
  readonly flows: FlowStore;
}
