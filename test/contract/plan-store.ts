import type { PlanStore } from "@umbel/core";
import { describe, expect, test } from "vitest";

/** A store of the suite's, and the time it goes by. */
export interface PlanWorld extends AsyncDisposable {
  readonly store: PlanStore;
  readonly nowMs: () => number;
}

const HOUR_MS = 3_600_000;

/** What every {@link PlanStore} promises. */
export function describePlanStore(name: string, open: () => Promise<PlanWorld>): void {
  describe(`plans ${name}`, () => {
    test("come back as they were", async () => {
      await using world = await open();
      const pages = [
        { id: "F.1", text: '[{"kind":"task"}]' },
        { id: "F.20", text: JSON.stringify(["ü", "\u2028", "𝄞", '"', "$x.y"]) },
        { id: "F.21", text: "" },
      ];
      await world.store.save(pages, world.nowMs() + HOUR_MS);
      for (const { id, text } of pages) expect(await world.store.load(id)).toBe(text);
    });

    test("are null when they are not there", async () => {
      await using world = await open();
      expect(await world.store.load("F.1")).toBeNull();
      await world.store.save([], world.nowMs() + HOUR_MS);
      expect(await world.store.load("F.1")).toBeNull();
    });

    test("stay as they were first, and hold up no other page of the same save", async () => {
      await using world = await open();
      await world.store.save([{ id: "a", text: "1" }], world.nowMs() + HOUR_MS);
      const again = [
        { id: "a", text: "2" },
        { id: "b", text: "3" },
      ];
      await world.store.save(again, world.nowMs() + HOUR_MS);
      expect(await world.store.load("a")).toBe("1");
      expect(await world.store.load("b")).toBe("3");
    });

    test("may be larger than any document", async () => {
      await using world = await open();
      const text = `${"0123456789".repeat(400_000).slice(1)}𝄞${"0123456789".repeat(1_600_000)}end`;
      await world.store.save([{ id: "large", text }], world.nowMs() + HOUR_MS);
      expect((await world.store.load("large")) === text).toBe(true);
    }, 60_000);
  });
}
