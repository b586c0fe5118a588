import { chain, place, start } from "@umbel/canvas";
import { InvalidOption, PublishFailed, StoreUnavailable } from "@umbel/core";
import type { UmbelEvent } from "@umbel/runtime";
import { Umbel, onEvent } from "@umbel/runtime";
import { MemoryFlows, MemoryJoins, MemoryPlans, MemoryResults } from "@umbel/runtime/testing";
import { expect, onTestFinished, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("a flow whose plan is gone fails with PLAN_LOST, to its last step", async () => {
  const world = new Simulation({ pageSizes: { whole: 0, page: 1 } });
  world.stores.plans.load = () => Promise.resolve(null);
  const { add, inc } = world.tasks;
  const outcome = await world.flow(chain(add.s(1, 1), inc.s(), inc.s(), inc.s()));
  expect(outcome).toMatchObject({ errorCode: "PLAN_LOST" });
  for (const id of ["F1.1", "F1.2", "F1"]) {
    expect((await world.stored(id))?.outcome.state, id).toBe("FAILURE");
  }
  expect(world.server.deadLetters).toHaveLength(1);
});

test("a step that the broker keeps refusing fails with PUBLISH_FAILED, and what comes after it", async () => {
  const world = new Simulation();
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.enqueue = (message) => {
    if (message.id === "F1.1") throw new PublishFailed("its queue is full");
    enqueue(message);
  };
  const { add, inc } = world.tasks;
  const outcome = await world.flow(chain(add.s(1, 1), inc.s(), inc.s()));
  expect(outcome).toMatchObject({ errorCode: "PUBLISH_FAILED", errorMessage: "its queue is full" });
  expect((await world.stored("F1.1"))?.outcome.state).toBe("FAILURE");
});

test.each([
  ["INVALID_OPTION", new InvalidOption("its headers are too large")],
  ["PUBLISH_FAILED", new PublishFailed("its queue is full")],
])(
  "a next attempt that can never be sent fails its task with %s, and what comes after it",
  async (code, refusal) => {
    const world = new Simulation();
    const enqueue = world.server.enqueue.bind(world.server);
    world.server.enqueue = (message) => {
      if (message.turn === 1) throw refusal;
      enqueue(message);
    };
    const { flaky, inc } = world.tasks;
    expect(await world.flow(chain(flaky.s(1, 1)).pipe(inc.s()))).toMatchObject({ errorCode: code });
    expect(await world.stored("F1.0")).toMatchObject({ turn: 1, outcome: { failure: { code } } });
    expect((await world.stored("F1"))?.outcome.state).toBe("FAILURE");
    expect(world.runs).toEqual(["F1.0"]);
  },
);

test("a message that a worker takes too late fails with EXPIRED, and its handler does not run", async () => {
  const world = new Simulation();
  const plan = place(world.tasks.add.s(1, 1).node, "F9");
  const [message] = start(plan, [], { flow: "F9", parent: null, replyTo: null });
  await world.startWorkers(1);
  await world.brokerOf("client").publish([{ ...message!, expiresMs: world.scheduler.now() - 5 }]);
  await world.scheduler.drain();
  expect((await world.stored("F9"))?.outcome).toMatchObject({ failure: { code: "EXPIRED" } });
  expect(world.runs).toEqual([]);
});

test("a store that does not answer is told of, with when it is asked again", async () => {
  const world = new Simulation({ fault: strike("lose", "after", "put F1") });
  const events: UmbelEvent[] = [];
  onTestFinished(onEvent((event) => events.push(event), ["store.unavailable"]));
  expect(await world.flow(world.tasks.add.s(1, 1))).toBe(2);
  expect(events).toMatchObject([{ error: expect.stringContaining("put F1"), retryInMs: expect.any(Number) }]);
});

test("an app whose store was away when it was first used can be used when it is back", async () => {
  const now = (): number => 0;
  const results = new MemoryResults({ now });
  const plans = new MemoryPlans({ now });
  const away = new StoreUnavailable("away");
  let attempts = 0;
  results.open = () => ((attempts += 1) === 1 ? Promise.reject(away) : Promise.resolve());
  await using app = new Umbel("patient", {
    backend: { results, joins: new MemoryJoins({ now }), plans, flows: new MemoryFlows({ now }) },
  });
  const one = app.task("one", () => 1);
  await expect(one.s().apply().get()).rejects.toBe(away);
  expect(await one.s().apply().get()).toBe(1);
});
