import { chain, chord, group, partUndos, place, start } from "@umbel/canvas";
import { TaskFailed, encodeMessage } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";
import { UNDO_FLOWS } from "../support/undo-flows.ts";
import { checkUndoing, undoing } from "../support/undoing.ts";

const FAILING = UNDO_FLOWS[0]!;

test("what had succeeded of a flow that failed is undone, the last step first, with what it was given and gave", async () => {
  const { world, compensation } = await undoing(FAILING);
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

test("the join of the compensation is registered first, by the one message that begins the flow", async () => {
  const { world } = await undoing({
    step: ({ take, giveBack, sum, boom }) =>
      chord([take.s(1).compensate(giveBack.s()), take.s(2).compensate(giveBack.s())], sum.s()).pipe(boom.s()),
  });
  expect(beforeOf(world, "client")[0]).toBe("publish F1.0");
  expect(
    beforeOf(world, "worker")
      .filter((label) => /register|publish/.test(label))
      .slice(0, 4),
  ).toEqual(["register F1!c", "register F1.0", "publish F1.0.0", "publish F1.0.1"]);
});

test("an undo that fails is told of with its reason, and the others run all the same", async () => {
  const { compensation } = await undoing(UNDO_FLOWS.find(({ name }) => name.startsWith("undos that fail"))!);
  expect(compensation).toEqual({
    undone: [
      { id: "F1.2", task: "take", undo: "F1.2!u" },
      { id: "F1.0", task: "take", undo: "F1.0!u" },
    ],
    failed: [
      {
        id: "F1.3",
        task: "take",
        undo: "F1.3!u",
        reason: { name: "TypeError", message: "kept 10000", code: null, task: "keepAll", id: "F1.3!u" },
      },
      {
        id: "F1.1",
        task: "take",
        undo: "F1.1!u",
        reason: {
          name: "RetryExhausted",
          message: "tryBack was given up after 2 attempts; the last one failed with RangeError: kept 100",
          code: "RETRY_EXHAUSTED",
          task: "tryBack",
          id: "F1.1!u",
        },
      },
    ],
  });
});

test("of a flow that succeeds nothing is undone, and there is nothing to tell", async () => {
  const { world, compensation } = await undoing(UNDO_FLOWS[1]!);
  expect(compensation).toEqual({ undone: [], failed: [] });
  expect(world.undone).toEqual([]);
});

test("steps that never ran are counted by who puts their outcomes", async () => {
  const flow = UNDO_FLOWS.find(({ name }) => name.startsWith("a chain with a failing step before"))!;
  await checkUndoing(flow, await undoing(flow));
});

test("an undo whose publication is not confirmed is published again, and runs once", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { world } = await undoing(FAILING, { seed, fault: strike("lose", "after", "publish F1.1!u") });
    expect(world.undone.map(({ id }) => id)).toEqual(["F1.1!u", "F1.0!u"]);
    expect(world.runsOf("F1.1!u")).toBe(1);
  }
});

test("of two publications of an undo one runs", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new Simulation({ seed });
    const enqueue = world.server.enqueue.bind(world.server);
    world.server.enqueue = (message) => {
      enqueue(message);
      if (message.compensation === "undo") enqueue({ ...message, nonce: `${message.nonce}'`, suspect: true });
    };
    await world.startWorkers(2);
    const result = FAILING.step(world.tasks).apply();
    await world.scheduler.run(result.compensation());
    await world.scheduler.drain();
    expect(world.undone.map(({ id }) => id)).toEqual(["F1.1!u", "F1.0!u"]);
  }
});

test.each(["put F1!c", "retire F1!c", "arrive F1!c 0", "put F1.1!u", "put F1", "publish F1.0!u"])(
  "a crash around %s keeps nobody from undoing",
  async (label) => {
    for (const phase of ["before", "after"] as const)
      await checkUndoing(FAILING, await undoing(FAILING, { fault: strike("crash", phase, label) }));
  },
);

test("nothing is undone while a loser may still be running", async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { world, compensation } = await undoing(
      {
        step: ({ boom, grasp, giveBack }) =>
          group([boom.s(1).set({ countdownMs: 100 }), grasp.s(2).compensate(giveBack.s())], "race"),
      },
      { seed },
    );
    expect(world.runsOf("F1.0.1")).toBe(1);
    expect(compensation.undone.map(({ id }) => id)).toEqual(["F1.0.1"]);
  }
});

test("handlers of failures begin before the undos do", async () => {
  const { world } = await undoing({
    step: ({ take, giveBack, boom, same }) =>
      chain(take.s(1).compensate(giveBack.s()), boom.s()).onFailure(same.s()),
  });
  const published = beforeOf(world, "worker").filter((label) => label.startsWith("publish"));
  const handler = published.findIndex((label) => label.includes("+failure"));
  expect(handler).not.toBe(-1);
  expect(handler).toBeLessThan(published.indexOf("publish F1.0!u"));
});

test("the result may be dropped before its flow is undone", async () => {
  const world = new Simulation();
  const { take, giveBack, boom } = world.tasks;
  await world.startWorkers(1);
  const result = chain(take.s(1).compensate(giveBack.s()), boom.s()).apply();
  await world.outcome(result);
  await world.scheduler.run(result.forget());
  expect((await world.scheduler.run(result.compensation())).undone).toHaveLength(1);
});

test("a step of which nothing is known any more is told of as not undone", async () => {
  const world: Simulation = new Simulation({
    fault: ({ label, phase }) => {
      if (label === "put F1" && phase === "before") void world.stores.results.forget(["F1.1"]);
      return undefined;
    },
  });
  const { take, giveBack, boom } = world.tasks;
  await world.startWorkers(1);
  const undo = giveBack.s();
  const result = chain(take.s(1).compensate(undo), take.s().compensate(undo), boom.s()).apply();
  const { undone, failed } = await world.scheduler.run(result.compensation());
  expect(undone.map(({ id }) => id)).toEqual(["F1.0"]);
  expect(failed).toMatchObject([{ id: "F1.1", reason: { code: "OUTCOME_LOST" } }]);
});

test("when the join of the compensation is gone, whoever waits for it is told", async () => {
  const world: Simulation = new Simulation({
    fault: ({ label, phase }) => {
      if (label === "put F1" && phase === "before") void world.stores.joins.retire("F1!c", 0);
      return undefined;
    },
  });
  const { take, giveBack, boom } = world.tasks;
  await world.startWorkers(1);
  const result = chain(take.s(1).compensate(giveBack.s()), boom.s()).apply();
  const told = await world.scheduler.run(result.compensation().catch((error: unknown) => error));
  expect(told).toBeInstanceOf(TaskFailed);
  expect(told).toMatchObject({ errorCode: "JOIN_LOST" });
});

describe("a flow none of whose steps has an undo", () => {
  test("writes nothing more, and sends nothing more", async () => {
    const world = new Simulation();
    const { take, sum, boom } = world.tasks;
    await world.startWorkers(1);
    const result = chord([take.s(1), take.s(2)], sum.s())
      .pipe(boom.s())
      .apply();
    await world.outcome(result);
    await world.scheduler.drain();
    expect(world.history.filter((line) => /!|start /.test(line))).toEqual([]);
    expect(beforeOf(world, "worker").toSorted()).toEqual(
      [
        ...["register F1.0", "publish F1.0.0", "publish F1.0.1", "put F1.0.0", "put F1.0.1"],
        ...["arrive F1.0 0 1", "publish F1.1"],
        ...["claim F1.0 worker1-3", "put F1.1", "retire F1.0", "publish F1", "put F1"],
      ].toSorted(),
    );
  });

  test("says nothing of it in its messages", () => {
    const { tasks } = new Simulation();
    const { plan, undos } = partUndos(place(chain(tasks.take.s(1), tasks.take.s()).node, "F1"));
    const [message] = start(plan, [], { flow: "F1", parent: null, replyTo: null }, undos);
    expect(JSON.stringify(encodeMessage(message!))).not.toMatch(/compensation|undo|isCounted/);
    expect(message!.task).toBe("take");
  });

  test("has nothing to wait for", async () => {
    const world = new Simulation();
    const result = world.tasks.take.s(1).apply();
    expect(await result.compensation()).toEqual({ undone: [], failed: [] });
  });
});

/** What somebody asked for, in this order. */
function beforeOf({ history }: Simulation, actor: string): readonly string[] {
  const prefix = new RegExp(`^${actor}\\d* before `);
  return history.flatMap((line) => (prefix.test(line) ? [line.replace(prefix, "")] : []));
}
