import type { Json, OutcomeRecord } from "@umbel/core";
import { success } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryJoins } from "./joins.ts";
import { MemoryResults } from "./results.ts";
import type { Expiring } from "./sweeper.ts";
import { Sweeper, isExpired } from "./sweeper.ts";

test("what has expired is dropped, and what has not stays", () => {
  const entries = new Map<string, Expiring>();
  const sweeper = new Sweeper(entries);
  for (const [i, expiresAtMs] of [10, null, 30, 20].entries()) add(entries, sweeper, `${i}`, expiresAtMs);
  sweeper.advance(2, 20);
  expect([...entries.keys()]).toEqual(["1", "2"]);
});

test("the hand goes round again, and meets what was added behind it", () => {
  const entries = new Map<string, Expiring>();
  const sweeper = new Sweeper(entries);
  add(entries, sweeper, "a", 50);
  add(entries, sweeper, "b", 70);
  sweeper.advance(1, 50);
  add(entries, sweeper, "c", 60);
  sweeper.advance(2, 60);
  expect([...entries.keys()]).toEqual(["b"]);
  for (let i = 0; i < 3; i += 1) sweeper.advance(1, 70);
  expect(entries.size).toBe(0);
});

test("entries of any times go, however they are added, and soon after their time", () => {
  const step = fc.record({ ms: fc.nat({ max: 50 }), keptMs: fc.option(fc.nat({ max: 300 })) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const entries = new Map<string, Expiring>();
      const sweeper = new Sweeper(entries);
      let nowMs = 0;
      for (const [i, { ms, keptMs }] of steps.entries()) {
        nowMs += ms;
        sweeper.advance(1, nowMs);
        add(entries, sweeper, `${i}`, keptMs === null ? null : nowMs + keptMs);
      }
      for (let i = 0; i < 2; i += 1) sweeper.advance(entries.size + 1, nowMs);
      expect([...entries.values()].filter((entry) => isExpired(entry, nowMs))).toEqual([]);
      expect([...entries.values()].filter(({ expiresAtMs }) => expiresAtMs === null).length).toBe(
        steps.filter(({ keptMs }) => keptMs === null).length,
      );
    }),
  );
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

function add(
  entries: Map<string, Expiring>,
  sweeper: Sweeper<Expiring>,
  id: string,
  expiresAtMs: number | null,
): void {
  entries.set(id, { expiresAtMs });
  sweeper.note({ expiresAtMs });
}

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
    turn: 0,
    startedAtMs: null,
    doneAtMs: 0,
    expiresAtMs,
  };
}
