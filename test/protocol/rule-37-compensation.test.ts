import { chain } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("what had succeeded of a flow that failed is undone, the last step first, with what it was given and gave", async () => {
  const world = new Simulation();
  const { take, giveBack, boom } = world.tasks;
  await world.startWorkers(2);
  const undo = giveBack.s();
  const result = chain(take.s(1).compensate(undo), take.s().compensate(undo), boom.s()).apply();
  const compensation = await world.scheduler.run(result.compensation());
  await world.scheduler.drain();
  expect(world.undone).toEqual([
    { id: "F1.1!u", done: { id: "F1.1", task: "take", args: [10], kwargs: {}, result: 100 } },
    { id: "F1.0!u", done: { id: "F1.0", task: "take", args: [1], kwargs: {}, result: 10 } },
  ]);
  expect(compensation).toEqual({
    undone: [
      { id: "F1.1", task: "take", undo: "F1.1!u" },
      { id: "F1.0", task: "take", undo: "F1.0!u" },
    ],
    failed: [],
  });
});
