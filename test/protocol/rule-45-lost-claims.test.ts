import { chord } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a claim whose answer was lost is asked for again with the same nonce", async () => {
  const world = new Simulation({
    fault: ({ label, phase, number }) =>
      label.startsWith("claim F1.0") && phase === "after" && number < 60 ? "lose" : undefined,
  });
  const { add, sum } = world.tasks;
  expect(await world.flow(chord([add.s(1, 1), add.s(2, 2)], sum.s()))).toBe(6);
});
