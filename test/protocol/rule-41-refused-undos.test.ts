import { chain, each, group, place } from "@umbel/canvas";
import type { AnyStep, AsyncResult, Message } from "@umbel/core";
import { InvalidFlow, Step, TaskFailed } from "@umbel/core";
import { expect, test } from "vitest";
import type { Tasks } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

const NOT_KNOWN = /take has an undo where none can be: compensate needs a step known when the flow is sent/;

test.each<[name: string, step: (tasks: Tasks) => AnyStep]>([
  ["each", ({ numbers, take, giveBack }) => numbers.s([1]).pipe(each(take.s().compensate(giveBack.s())))],
  ["a link", ({ add, take, giveBack }) => add.s(1, 1).link(take.s().compensate(giveBack.s()))],
  ["a handler", ({ boom, take, giveBack }) => boom.s(1).onFailure(take.si(1).compensate(giveBack.s()))],
])("an undo in %s is refused when the flow is sent", (_, step) => {
  const { tasks } = new Simulation();
  const sent = step(tasks);
  expect(() => place(sent.node, "F1")).toThrow(NOT_KNOWN);
  expect(() => sent.apply()).toThrow(InvalidFlow);
});

test("an undo in what takes a task's place fails that task, and whatever had succeeded before it is undone", async () => {
  const world = new Simulation();
  const { take, giveBack, swapUndone } = world.tasks;
  await world.startWorkers(1);
  const result = chain(take.s(1).compensate(giveBack.s()), swapUndone.s()).apply();
  const outcome = await world.outcome(result);
  expect(outcome).toBeInstanceOf(TaskFailed);
  expect((outcome as TaskFailed).errorMessage).toMatch(NOT_KNOWN);
  expect((await world.scheduler.run(result.compensation())).undone).toHaveLength(1);
});

test("a step that has an undo, and an undo, cannot be replaced", async () => {
  const world = new Simulation();
  const { take, giveBack, swap, swapBack, boom } = world.tasks;
  await world.startWorkers(1);
  const own = swap.s(1, "chain").compensate(new Step(giveBack.s().node, giveBack.s().sender));
  expect(await world.outcome(chain(own, boom.s()).apply())).toMatchObject({
    errorMessage: "swap has an undo, and cannot be replaced; make what is to follow it a step of the flow",
  });
  const result = chain(take.s(1).compensate(swapBack.s()), boom.s()).apply();
  const { failed } = await world.scheduler.run(result.compensation());
  expect(failed).toMatchObject([{ reason: { message: expect.stringContaining("swapBack is an undo") } }]);
});

test.each<[name: string, step: (tasks: Tasks) => AnyStep, message: RegExp]>([
  [
    "a chain",
    ({ add, inc }) => chain(add.s(1, 1), inc.s()),
    /compensate needs one call, and this is a chain/,
  ],
  ["a group", ({ inc }) => group([inc.s(1)]), /compensate needs one call, and this is a group/],
  ["a map", ({ inc }) => inc.map([1, 2]), /compensate needs one call, and this is a map/],
])("%s cannot be undone as one", (_, step, message) => {
  const { tasks } = new Simulation();
  expect(() => (step(tasks) as Step<[], number>).compensate(tasks.giveBack.s())).toThrow(message);
});

test("whoever gives up a step that has begun elsewhere leaves it to whom it is", async () => {
  let result: AsyncResult<unknown> | undefined;
  let refusals = 0;
  const world: Simulation = new Simulation({
    fault: ({ label, phase }) => {
      if (!label.startsWith("publish F1.1") || phase !== "after") return undefined;
      refusals += 1;
      return "lose";
    },
  });
  const { take, grasp, giveBack, inc } = world.tasks;
  await world.startWorkers(2);
  const undo = giveBack.s();
  result = chain(take.s(1).compensate(undo), grasp.s().compensate(undo), inc.s()).apply();
  // The broker takes the second step and never says so: after six times it is given up, while it runs.
  await world.scheduler.run(world.scheduler.sleep(600_000));
  expect(refusals).toBe(6);
  expect(world.runsOf("F1.1")).toBe(1);
  expect(await world.stored("F1.1")).toBeNull();
  void result.cancel();
  const { undone } = await world.scheduler.run(result.compensation());
  expect(undone.map(({ id }) => id)).toEqual(["F1.1", "F1.0"]);
});

test.each([
  ["another publication of it, and that leaves it alone", "other", "SUCCESS"],
  ["its own message, and nobody else will end it", null, "FAILURE"],
])("a step that has begun and is given up by the broker: %s", async (_, nonce, state) => {
  let given: Message | undefined;
  let result: AsyncResult<unknown> | undefined;
  const world = new Simulation();
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.enqueue = (message) => {
    if (message.task === "grasp") given ??= message;
    enqueue(message);
  };
  const { grasp, giveBack, inc } = world.tasks;
  await world.startWorkers(2);
  result = chain(grasp.s(1).compensate(giveBack.s()), inc.s()).apply();
  await world.scheduler.run(world.scheduler.sleep(1_000));
  const message = { ...given!, ...(nonce !== null && { nonce }) };
  world.server.giveUp(message, { reason: "delivery_limit", queue: "celery", count: 1 });
  await world.scheduler.run(world.scheduler.sleep(1_000));
  void result.cancel();
  const { undone } = await world.scheduler.run(result.compensation());
  expect(await world.stored("F1.0")).toMatchObject({ outcome: { state } });
  expect(undone).toHaveLength(state === "SUCCESS" ? 1 : 0);
});
