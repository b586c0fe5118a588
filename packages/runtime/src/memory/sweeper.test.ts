import type { Json, OutcomeRecord } from "@umbel/core";
import { success } from "@umbel/core";
import { expect, test } from "vitest";
import { MemoryJoins } from "./joins.ts";
import { MemoryResults } from "./results.ts";
import { Sweeper } from "./sweeper.ts";

test("what has expired is dropped, and what has not stays", () => {
  const entries = new Map([10, null, 30, 20].map((expiresAtMs, i) => [`${i}`, { expiresAtMs }]));
  const sweeper = new Sweeper(entries);
  sweeper.advance(2, 20);
  expect([...entries.keys()]).toEqual(["1", "2"]);
});

test("the hand goes round again, and meets what was added behind it", () => {
  const entries = new Map([["a", { expiresAtMs: 50 }]]);
  const sweeper = new Sweeper(entries);
  sweeper.advance(1, 0);
  entries.set("b", { expiresAtMs: 60 });
  for (let i = 0; i < 4; i += 1) sweeper.advance(1, 100);
  expect(entries.size).toBe(0);
});

test("a store of results that runs for long does not grow", async () => {
  let nowMs = 0;
  const store = new MemoryResults({ now: () => nowMs });
  await store.put(Array.from({ length: 100 }, (_, i) => recordOf(`kept ${i}`, null)));
  for (let i = 0; i < 20_000; i += 1) {
    nowMs += 1;
    await store.put([recordOf(`gone ${i}`, nowMs + 1_000)]);
  }
  // 1,100 are to be there; as many again may wait for the hand.
  expect(store.size).toBeLessThan(2_500);
  expect((await store.find(["kept 0", "kept 99"])).size).toBe(2);
});

test("a store of joins that runs for long does not grow", async () => {
  let nowMs = 0;
  const store = new MemoryJoins({ now: () => nowMs });
  for (let i = 0; i < 5_000; i += 1) {
    nowMs += 1;
    const size = i % 100 === 0 ? 5_000 : 2;
    const join = {
      id: `${i}`,
      size,
      next: { steps: [], join: null },
      flow: "flow",
      replyTo: null,
      members: null,
    };
    await store.register([join]);
    await store.retire(join.id, nowMs + 500);
  }
  expect(store.size).toBeLessThan(1_300);
});

function recordOf(id: string, expiresAtMs: number | null, value: Json = 1): OutcomeRecord {
  return {
    id,
    outcome: success(value),
    by: null,
    task: "add",
    args: [],
    kwargs: {},
    flow: null,
    parent: null,
    queue: null,
    worker: null,
    retries: 0,
    doneAtMs: 0,
    expiresAtMs,
  };
}
