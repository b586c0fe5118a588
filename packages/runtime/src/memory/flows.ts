import type { FlowStore, StoredFlow } from "@umbel/core";
import { Sweeper, isExpired } from "./sweeper.ts";

/**
 * Flows in this process: gone when it ends. They are kept as the objects that they are, which costs next to nothing.
 *
 * @param options - `now`: the time in milliseconds since the epoch.
 */
export class MemoryFlows implements FlowStore {
  readonly #flows = new Map<string, StoredFlow>();
  readonly #sweeper = new Sweeper(this.#flows);
  readonly #now: () => number;

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
  }

  async open(): Promise<void> {}

  async save(flows: readonly StoredFlow[]): Promise<void> {
    const nowMs = this.#now();
    this.#sweeper.advance(flows.length, nowMs);
    for (const flow of flows) {
      const stored = this.#flows.get(flow.id);
      if (stored !== undefined && !isExpired(stored, nowMs)) continue;
      this.#flows.set(flow.id, flow);
      this.#sweeper.note(flow);
    }
  }

  async load(id: string): Promise<StoredFlow | null> {
    const flow = this.#flows.get(id);
    return flow === undefined || isExpired(flow, this.#now()) ? null : flow;
  }

  async close(): Promise<void> {}
}
