import type { JoinStore } from "./joins.ts";
import type { ResultStore } from "./results.ts";

/** The two stores behind one backend URL. */
export interface Backend {
  readonly results: ResultStore;
  readonly joins: JoinStore;
}
