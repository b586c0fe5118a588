import { group } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a loser whose outcome was stored first keeps it, and the record never changes", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    const { add, inc } = world.tasks;
    const outcome = await world.flow(group([add.s(1, 1), add.s(2, 2)], "any").pipe(inc.s()), 2);
    const { decision } = (await world.join("F1.0")) ?? {};
    expect(outcome).toBe(decision?.by === 0 ? 3 : 5);
    for (const [i, value] of [2, 4].entries()) {
      const stored = (await world.stored(`F1.0.${i}`))?.outcome;
      const isOwn = stored?.state === "SUCCESS" && stored.value === value;
      const isLoser =
        i !== decision?.by && stored?.state === "FAILURE" && stored.failure.code === "FLOW_CANCELLED";
      expect(isOwn || isLoser, `seed ${seed}: ${JSON.stringify(stored)}`).toBe(true);
    }
  }
});
