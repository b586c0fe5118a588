import { chord } from "@umbel/canvas";
import { SHARD_SIZE } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

const size = SHARD_SIZE + 1;

function flow({ tasks: { add, sum } }: Simulation) {
  return chord(
    Array.from({ length: size }, () => add.s(0, 1)),
    sum.s(),
  );
}

test("a group that is larger than one document is counted in shards", async () => {
  const world = new Simulation();
  expect(await world.flow(flow(world))).toBe(size);
  expect(await world.join("F1.0")).toMatchObject({ size, count: 2 });
});

test("a repeat that sees its shard complete arrives at the root again", async () => {
  let isDone = false;
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (isDone || phase !== "after" || label !== "arrive F1.0/1 0") return undefined;
      isDone = true;
      return "crash";
    },
  });
  expect(await world.flow(flow(world))).toBe(size);
  expect(world.runsOf("F1")).toBe(1);
});
