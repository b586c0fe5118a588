import { group } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("a race is decided by its first arrival, whatever comes after it", async () => {
  const outcomes = new Set<unknown>();
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    const { add, boom, inc } = world.tasks;
    const outcome = await world.flow(group([add.s(1, 1), boom.s(7)], "race").pipe(inc.s()), 3);
    const decision = (await world.join("F1.0"))?.decision;
    const first = world.history.find((line) => /before race F1\.0 /.test(line));
    expect(decision?.by).toBe(Number(/race F1\.0 (\d)/.exec(first ?? "")?.[1]));
    expect(outcome instanceof Error ? "failed" : outcome).toBe(decision?.ok === true ? 3 : "failed");
    outcomes.add(decision?.ok);
  }
  expect(outcomes).toEqual(new Set([true, false]));
});

test("who decided it and died does what follows again, from the record", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    for (const [index, note] of [
      [0, ""],
      [1, " (failed)"],
    ] as const) {
      const fault = strike("crash", "after", `race F1.0 ${index}${note}`);
      const world = new Simulation({ seed, fault });
      const { add, boom, inc } = world.tasks;
      const outcome = await world.flow(group([add.s(1, 1), boom.s(7)], "race").pipe(inc.s()), 2);
      const decision = (await world.join("F1.0"))?.decision;
      expect(outcome instanceof Error ? "failed" : outcome).toBe(decision?.ok === true ? 3 : "failed");
      expect(world.runsOf("F1")).toBe(decision?.ok === true ? 1 : 0);
    }
  }
});

test("a late arrival, and a repeat that the record does not name, do nothing", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const world = new Simulation({ seed, fault: strike("crash", "after", "race F1.0 1") });
    const { add, inc } = world.tasks;
    await world.flow(group([add.s(1, 1), add.s(2, 2)], "any").pipe(inc.s()), 3);
    expect(world.history.filter((line) => /before publish F1( |$)/.test(line))).toHaveLength(1);
  }
});
