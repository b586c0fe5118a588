import type { Page, PlanStore } from "@umbel/core";
import { Sweeper, isExpired } from "./sweeper.ts";

interface StoredPage extends Page {
  readonly expiresAtMs: number;
}

/**
 * Plans in this process: gone when it ends.
 *
 * @param options - `now`: the time in milliseconds since the epoch.
 */
export class MemoryPlans implements PlanStore {
  readonly #pages = new Map<string, StoredPage>();
  readonly #sweeper = new Sweeper(this.#pages);
  readonly #now: () => number;

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
  }

  async open(): Promise<void> {}

  async save(pages: readonly Page[], expiresAtMs: number): Promise<void> {
    const nowMs = this.#now();
    this.#sweeper.advance(pages.length, nowMs);
    for (const page of pages) {
      const stored = this.#pages.get(page.id);
      if (stored !== undefined && !isExpired(stored, nowMs)) continue;
      this.#pages.set(page.id, { ...page, expiresAtMs });
      this.#sweeper.note({ expiresAtMs });
    }
  }

  async load(id: string): Promise<string | null> {
    const page = this.#pages.get(id);
    return page === undefined || isExpired(page, this.#now()) ? null : page.text;
  }

  async close(): Promise<void> {}
}
