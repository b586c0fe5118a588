import { chain } from "@umbel/canvas";
import type { AnyStep, AsyncResult } from "@umbel/core";
import { FlowCancelled } from "@umbel/core";
import { expect, test } from "vitest";
import type { SimulationOptions } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";
import type { Tasks } from "../support/simulation.ts";

/** Runs a flow, and cancels it when this has happened. */
async function cancelledAfter(
  label: string,
  step: (tasks: Tasks) => AnyStep,
  fault: SimulationOptions["fault"] = () => undefined,
) {
  let result: AsyncResult<unknown> | undefined;
  const world: Simulation = new Simulation({
    fault: (turn) => {
      const struck = fault(turn);
      if (turn.phase === "after" && turn.label === label) void result?.cancel({ reason: "enough" });
      return struck;
    },
  });
  await world.startWorkers(2);
  result = step(world.tasks).apply() as AsyncResult<unknown>;
  const outcome = await world.outcome(result);
  const compensation = await world.scheduler.run(result.compensation());
  await world.scheduler.drain();
  return { world, outcome, compensation };
}

test("a step that runs when its flow is cancelled ends by itself, and is then undone", async () => {
  const { world, outcome, compensation } = await cancelledAfter("start F1.0", ({ grasp, giveBack, inc }) =>
    chain(grasp.s(2).compensate(giveBack.s()), inc.s()),
  );
  expect(outcome).toBeInstanceOf(FlowCancelled);
  expect(await world.stored("F1.0")).toMatchObject({ outcome: { state: "SUCCESS", value: 20 } });
  expect(compensation).toEqual({ undone: [{ id: "F1.0", task: "grasp", undo: "F1.0!u" }], failed: [] });
  expect(world.undone).toMatchObject([{ done: { id: "F1.0", args: [2], result: 20 } }]);
});

test("so does the last step of a flow, whose result is that it was cancelled all the same", async () => {
  const { outcome, compensation } = await cancelledAfter("start F1.0", ({ grasp, giveBack }) =>
    grasp.s(2).compensate(giveBack.s()),
  );
  expect(outcome).toBeInstanceOf(FlowCancelled);
  expect(compensation.undone).toHaveLength(1);
});

test("a step whose worker died after it began runs again although its flow is cancelled: it may have done something", async () => {
  let result: AsyncResult<unknown> | undefined;
  let isStruck = false;
  const world: Simulation = new Simulation({
    fault: ({ label, phase }) => {
      if (isStruck || label !== "put F1.0" || phase !== "before") return undefined;
      isStruck = true;
      const reason = "enough";
      void world.stores.joins.noteCancel({ scope: "F1", reason }, 1e9); // whoever starts now knows of it
      void result?.cancel({ reason });
      return "crash";
    },
  });
  const { take, giveBack, inc } = world.tasks;
  await world.startWorkers(1);
  result = chain(take.s(2).compensate(giveBack.s()), inc.s()).apply();
  expect(await world.outcome(result)).toBeInstanceOf(FlowCancelled);
  const { undone } = await world.scheduler.run(result.compensation());
  expect(await world.stored("F1.0")).toMatchObject({ outcome: { state: "SUCCESS", value: 20 } });
  expect(undone).toHaveLength(1);
});

test("a step that has not begun is cancelled, and there is nothing to undo", async () => {
  const { world, outcome, compensation } = await cancelledAfter("register F1!c", ({ grasp, giveBack, inc }) =>
    chain(grasp.s(2).set({ countdownMs: 60_000 }).compensate(giveBack.s()), inc.s()),
  );
  expect(outcome).toBeInstanceOf(FlowCancelled);
  expect(world.runs).toEqual([]);
  expect(compensation).toEqual({ undone: [], failed: [] });
});

test("of a flow that is cancelled before it begins there is nothing to undo", async () => {
  const { world, outcome, compensation } = await cancelledAfter("publish F1.0", ({ take, giveBack, inc }) =>
    chain(take.s(2).compensate(giveBack.s()), inc.s()),
  );
  expect(outcome instanceof FlowCancelled ? compensation.undone.length : 0).toBe(world.runsOf("F1.0!u"));
});
