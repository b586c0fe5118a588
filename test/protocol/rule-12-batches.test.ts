import { placeOf } from "@umbel/core";
import { MemoryFlows, MemoryJoins, MemoryPlans, MemoryResults } from "@umbel/runtime/testing";
import { expect, test } from "vitest";
import { Commit } from "../../packages/runtime/src/commit.ts";
import { Simulation } from "../support/simulation.ts";

async function arriveTogether(before: readonly number[], together: readonly number[], size: number) {
  const now = (): number => 0;
  const joins = new MemoryJoins({ now });
  await joins.register([
    { id: "J", size, next: { steps: [], join: null }, flow: "F", replyTo: null, members: null },
  ]);
  const { document } = placeOf("J", size, 0);
  for (const index of before) await joins.arrive(document, [{ index, ok: true }]);
  const backend = {
    results: new MemoryResults({ now }),
    joins,
    plans: new MemoryPlans({ now }),
    flows: new MemoryFlows({ now }),
  };
  const commit = new Commit(backend, new Simulation().environment("a"), new AbortController().signal);
  return Promise.all(together.map((index) => commit.arrive(document, { index, ok: true })));
}

test("a batch with a member that was there counts the others", async () => {
  const arrived = await arriveTogether([0], [0, 1, 2], 3);
  expect(arrived.map((each) => each?.isRepeat)).toEqual([true, false, false]);
});

test("of a batch that completes a join, one arrival completes it", async () => {
  const arrived = await arriveTogether([], [0, 1, 2], 3);
  expect(arrived.map((each) => each?.completes)).toEqual([true, false, false]);
});

test("a batch of repeats at a complete join: each of them completes it, since each may be the last", async () => {
  const arrived = await arriveTogether([0, 1, 2], [1, 2], 3);
  expect(arrived.map((each) => each?.completes)).toEqual([true, true]);
});
