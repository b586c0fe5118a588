import { chord } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a start that cannot be gone on from leaves no join open, and fails what it was to begin", async () => {
  const world = new Simulation();
  const register = world.stores.joins.register.bind(world.stores.joins);
  world.stores.joins.register = async (joins) => {
    if (joins.some(({ id }) => id === "F1.0.1.0")) throw new RangeError("too large");
    return register(joins);
  };
  const { add, sum, list } = world.tasks;
  const flow = chord([add.s(1, 1), chord([add.s(2, 2)], sum.s())], list.s());
  expect(await world.flow(flow)).toMatchObject({ errorMessage: "too large" });
  expect(await world.stores.joins.markOf("F1.0")).toMatchObject({ name: "RangeError" });
  expect(await world.stores.joins.markOf("F1.0.1.0")).toMatchObject({ name: "RangeError" });
  await world.scheduler.run(world.scheduler.sleep(30 * 86_400_000));
  expect(await world.join("F1.0")).toBeNull();
});
