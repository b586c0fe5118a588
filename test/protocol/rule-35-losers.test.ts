import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import { expect, test } from "vitest";
import type { Tasks } from "../support/simulation.ts";
import type { Flow } from "../support/drawn-flow.ts";
import { runFlow } from "../support/flow-run.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

/** A race that its first member wins: the others wait for their time. */
function race({ add, inc, sum, numbers }: Tasks): AnyStep {
  const late = add.s(1, 1).set({ countdownMs: 3_600_000 });
  const spread = chain(
    numbers.s([1, 2]),
    each(chain(add.s(1).set({ countdownMs: 3_600_000 }), inc.s())),
    sum.s(),
  );
  return group([chain(add.s(0, 0), add.s(1)), late, chord([late, add.s(2, 2)], sum.s()), spread], "any").pipe(
    inc.s(),
  );
}

const LOSERS = ["F1.0.1", "F1.0.2.0.0", "F1.0.2"] as const;

test("the members that lost end, with all below them, and do not run", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new Simulation({ seed });
    expect(await world.flow(race(world.tasks), 3)).toBe(2);
    for (const id of LOSERS)
      expect((await world.stored(id))?.outcome, id).toMatchObject({
        failure: { code: "FLOW_CANCELLED", id },
      });
    expect(await world.stored("F1.0.3")).not.toBeNull();
    await world.scheduler.run(world.scheduler.sleep(2 * 3_600_000));
    for (const id of LOSERS) expect(world.runsOf(id), id).toBe(0);
    expect(world.server.depth("celery")).toBe(0);
  }
});

test("the body does not wait for that, and a decider that dies meanwhile is followed by one that goes on", async () => {
  for (const label of ["publish F1", "mark F1.0.2.0", "put F1.0.1", "put F1.0.2"]) {
    const world = new Simulation({ fault: strike("crash", "after", label) });
    expect(await world.flow(race(world.tasks), 3), label).toBe(2);
    for (const id of LOSERS) expect(await world.stored(id), `${label} ${id}`).not.toBeNull();
    expect(world.runsOf("F1"), label).toBeLessThanOrEqual(2); // who died may have been running it
  }
});

test("a loser is told of although another worker has met its mark and put its end", async () => {
  const waits: Flow = { tried: 1, failures: 1, by: "itself" };
  const both: Flow = { racers: [{ call: 2 }, { call: 3 }], policy: { quorum: 2 } };
  const loser: Flow = { racers: [waits, both], policy: { quorum: 2 } };
  const flow: Flow = { racers: [{ chain: [loser] }, { chain: [] }], policy: "any" };
  const nothing = {
    input: [],
    faults: [],
    cancels: [],
    isWritten: false,
    isDoubled: false,
    gatherMs: null,
    deaf: 0,
  };
  await expect(runFlow(flow, { ...nothing, page: 1, seed: 156_499_906 })).resolves.toBeUndefined();
});
