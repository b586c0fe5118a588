import { each } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("an empty list has a join of size 0, and who registers or meets it publishes the body", async () => {
  for (const phase of ["before", "after"] as const) {
    for (const label of ["register F1.1", "publish F1"]) {
      const world = new Simulation({ fault: strike("crash", phase, label) });
      const { numbers, inc, sum } = world.tasks;
      expect(await world.flow(numbers.s([]).pipe(each(inc.s())).pipe(sum.s()), 2)).toBe(0);
      expect(await world.join("F1.1")).toMatchObject({ size: 0 });
      expect(world.runsOf("F1")).toBeLessThanOrEqual(1 + Number(phase === "after" && label === "publish F1"));
    }
  }
});
