import type { FlowStore, PlacedNode, StoredFlow } from "@umbel/core";
import { Batch } from "@umbel/core";
import type { Environment } from "./environment.ts";
import { emit } from "./events.ts";

export interface FlowLogOptions {
  /** The name of the app that sends them. */
  readonly app: string;
  readonly environment: Environment;
  /** Milliseconds that a flow is kept. */
  readonly flowExpiresMs: number;
}

/**
 * Writes down the flows that an app sends, in groups, so that any process can ask for them.
 *
 * Nothing runs by it, and so it fails nothing: a flow that cannot be written down runs, and is awaited, all the same.
 */
export class FlowLog {
  readonly #store: FlowStore;
  readonly #options: FlowLogOptions;
  readonly #batch: Batch<StoredFlow, undefined>;

  constructor(store: FlowStore, options: FlowLogOptions) {
    this.#store = store;
    this.#options = options;
    this.#batch = new Batch((flows) => this.#save(flows), LARGEST_GROUP);
  }

  /** Resolves when the flow is stored, or cannot be: then an event tells of it (`flow.unsaved`). Undefined where it need not be. */
  write(flow: Said): Promise<void> | undefined {
    return isOneTask(flow.plan) ? undefined : this.#write(flow);
  }

  async #write(flow: Said): Promise<void> {
    const { app, environment, flowExpiresMs } = this.#options;
    const sentAtMs = environment.now();
    try {
      await this.#batch.add({ ...flow, app, sentAtMs, expiresAtMs: sentAtMs + flowExpiresMs });
    } catch (error) {
      emit({ type: "flow.unsaved", app, id: flow.id, error: String(error) });
    }
  }

  async #save(flows: readonly StoredFlow[]): Promise<readonly undefined[]> {
    await this.#store.open();
    await this.#store.save(flows);
    return flows.map(() => undefined);
  }
}

type Said = Pick<StoredFlow, "id" | "plan" | "input" | "replyTo">;

/** Of which its id says all. */
function isOneTask(plan: PlacedNode): boolean {
  if (plan.kind !== "task") return false;
  return [plan.callbacks, plan.errbacks, plan.ownErrbacks].every((links) => links === undefined);
}

/** Flows in one write. */
const LARGEST_GROUP = 200;
