import type { OutcomeRecord, Put, ResultStore } from "@umbel/core";
import { StoreUnavailable, success } from "@umbel/core";
import { MemoryFlows, MemoryJoins, MemoryPlans, MemoryResults } from "@umbel/runtime/testing";
import { expect, test } from "vitest";
import { Commit } from "../../packages/runtime/src/commit.ts";
import { Simulation } from "../support/simulation.ts";

function record(id: string, value: number, by: string): OutcomeRecord {
  const none = { task: null, args: null, kwargs: null, flow: null, parent: null, queue: null, worker: null };
  return {
    id,
    outcome: success(value),
    by,
    ...none,
    retries: 0,
    turn: 0,
    startedAtMs: null,
    doneAtMs: 0,
    expiresAtMs: null,
  };
}

/** Outcomes that go out in one write, some of whose answers may be lost. */
async function storedTogether(
  records: readonly OutcomeRecord[],
  lostAnswers: number,
): Promise<readonly Put[]> {
  const now = (): number => 0;
  const results = new MemoryResults({ now });
  await results.put([record("there", 1, "earlier")]);
  let lost = 0;
  const put: typeof results.put = async (group) => {
    const puts = await results.put(group);
    if ((lost += 1) <= lostAnswers) throw new StoreUnavailable("the answer was lost");
    return puts;
  };
  const world = new Simulation();
  const backend = {
    results: Object.assign(Object.create(results) as MemoryResults, {
      put,
      putNow: undefined,
    }) as ResultStore,
    joins: new MemoryJoins({ now }),
    plans: new MemoryPlans({ now }),
    flows: new MemoryFlows({ now }),
  };
  const environment = { ...world.environment("a"), sleep: () => Promise.resolve() };
  const commit = new Commit(backend, environment, new AbortController().signal);
  return Promise.all(records.map(async (each) => commit.store(each)));
}

test("one outcome that is there already does not hold up the others of its group", async () => {
  const puts = await storedTogether([record("there", 2, "mine"), record("new", 3, "mine")], 0);
  expect(puts.map(({ won }) => won)).toEqual([false, true]);
});

test("a group whose answer was lost is written again, and what is there then tells its writer", async () => {
  const puts = await storedTogether([record("there", 2, "mine"), record("new", 3, "mine")], 1);
  expect(puts.map((put) => (put.won ? "won" : put.stored?.by))).toEqual(["earlier", "mine"]);
});
