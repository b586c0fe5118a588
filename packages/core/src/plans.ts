import type { PlacedNode } from "./node.ts";
import type { PackedNode } from "./packed-plan.ts";
import { packPlan, unpackPlan } from "./packed-plan.ts";

/** Steps of a flow that are kept outside its messages. */
export interface Page {
  readonly id: string;
  /** The steps, as JSON text. */
  readonly text: string;
}

/**
 * The port behind which the plans of large flows are kept, so that their messages stay small.
 *
 * The contract, tested by one suite for every store:
 * 1. First write wins: a page that is there already is left as it is, and is no error.
 * 2. When `save` resolves, the pages survive a crash of the store, as far as it is configured to.
 * 3. A page may be of any size up to the store's own space; its text comes back as it was.
 * 4. After `expiresAtMs` a page goes, within a minute.
 * 5. When the store cannot be reached every method rejects with `StoreUnavailable`, and is safe to repeat.
 */
export interface PlanStore {
  /** Connects. Calling it again does nothing. */
  open(): Promise<void>;
  /** Stores pages; `expiresAtMs` is in milliseconds since the epoch. */
  save(pages: readonly Page[], expiresAtMs: number): Promise<void>;
  /** The text of a page; null when there is none. */
  load(id: string): Promise<string | null>;
  close(): Promise<void>;
}

/** Steps as the text of a page. */
export function textOfSteps(steps: readonly PlacedNode[]): string {
  return JSON.stringify(steps.map(packPlan));
}

/** The steps that {@link textOfSteps} was given. */
export function stepsOfText(text: string): readonly PlacedNode[] {
  return (JSON.parse(text) as readonly PackedNode[]).map(unpackPlan);
}
