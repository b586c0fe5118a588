import type { Json } from "./json.ts";
import type { PlacedNode } from "./node.ts";

/** A flow as it was sent: what its tree is made of, wherever somebody asks for it by its id. */
export interface StoredFlow {
  readonly id: string;
  /** Where it is large, its chains refer to pages, which are in the {@link PlanStore}. */
  readonly plan: PlacedNode;
  /** What it was sent with. */
  readonly input: readonly Json[];
  /** Where its outcome is pushed to; null for nowhere. */
  readonly replyTo: string | null;
  /** The name of the app that sent it. */
  readonly app: string;
  /** Milliseconds since the epoch, by the clock of who sent it. */
  readonly sentAtMs: number;
  /** Milliseconds since the epoch: when the store may drop it. */
  readonly expiresAtMs: number;
}

/**
 * The port behind which flows are kept as they were sent, so that any process can ask for one by its id.
 *
 * Nothing runs by it: a flow that is not there runs and is awaited all the same.
 *
 * The contract, tested by one suite for every store:
 * 1. First write wins: a flow that is there already is left as it is, and is no error.
 * 2. The flows of one save are independent: one that was there already does not hold up the others.
 * 3. When `save` resolves, the flows survive a crash of the store, as far as it is configured to.
 * 4. A flow may be of any size up to the store's own space, and comes back as it was, whatever texts are in it. Nobody
 *    changes one, so that a store in memory may keep and give the very object.
 * 5. After its `expiresAtMs` a flow goes, within a minute.
 * 6. When the store cannot be reached every method rejects with `StoreUnavailable`, and is safe to repeat.
 */
export interface FlowStore {
  /** Connects. Calling it again does nothing. */
  open(): Promise<void>;
  /** Stores flows. */
  save(flows: readonly StoredFlow[]): Promise<void>;
  /** The flow of this id; null when there is none. */
  load(id: string): Promise<StoredFlow | null>;
  close(): Promise<void>;
}
