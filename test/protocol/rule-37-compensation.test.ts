import { chain } from "@umbel/canvas";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { UNDO_FLOWS } from "../support/undo-flows.ts";
import { checkUndoing, undoing } from "../support/undoing.ts";

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

describe.each(UNDO_FLOWS)("$name", (flow) => {
  test("is undone in any order of events", async () => {
    for (let seed = 1; seed <= 20; seed += 1) await checkUndoing(flow, await undoing(flow, { seed }));
  });

  test.each(["crash", "cut", "lose"] as const)(
    "is undone after a %s of a worker at any turn",
    async (kind) => {
      const { turns } = (await undoing(flow)).world.scheduler;
      for (let at = 1; at <= turns; at += 1)
        await checkUndoing(flow, await undoing(flow, { seed: at, fault: strikeAt(kind, at) }));
    },
  );

  test("is undone after a crash at any turn with its plan in pages", async () => {
    const pageSizes = { whole: 0, page: 1 };
    const { turns } = (await undoing(flow, { pageSizes })).world.scheduler;
    for (let at = 1; at <= turns; at += 1)
      await checkUndoing(flow, await undoing(flow, { seed: at, pageSizes, fault: strikeAt("crash", at) }));
  });

  test("is undone when it is cancelled at any turn", async () => {
    const { turns } = (await undoing(flow)).world.scheduler;
    for (let at = 1; at <= turns; at += 1) {
      for (let seed = 1; seed <= 3; seed += 1)
        await checkUndoing(flow, await undoing(flow, { seed, cancelAt: at }));
    }
  });
});

function strikeAt(kind: Fault, at: number): (turn: Turn) => Fault | undefined {
  return ({ number, actor }) => (number === at && actor.startsWith("worker") ? kind : undefined);
}
