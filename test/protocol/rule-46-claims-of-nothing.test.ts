import { chord } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a body whose join is gone between its attempts fails with JOIN_LOST", async () => {
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (label === "retry F1.1" && phase === "after") void world.stores.joins.retire("F1.0", 0);
      return undefined;
    },
  });
  const { add, flaky, inc } = world.tasks;
  const outcome = await world.flow(chord([add.s(1, 1)], flaky.s(1)).pipe(inc.s()));
  expect(outcome).toMatchObject({ errorCode: "JOIN_LOST" });
  expect(await world.stored("F1.1")).toMatchObject({ turn: 1, outcome: { state: "FAILURE" } });
});

test("a body whose join is gone and that has its outcome goes on from that", async () => {
  const world = new Simulation();
  const { add, sum, inc } = world.tasks;
  const enqueue = world.server.enqueue.bind(world.server);
  let again = (): void => {};
  world.server.enqueue = (message) => {
    enqueue(message);
    if (message.id === "F1.1") again = () => world.server.putBack("celery", { ...message, nonce: "copy" });
  };
  expect(await world.flow(chord([add.s(1, 1)], sum.s()).pipe(inc.s()))).toBe(3);
  await world.stores.joins.retire("F1.0", 0);
  again();
  await world.scheduler.drain();
  expect((await world.stored("F1.1"))?.outcome).toMatchObject({ state: "SUCCESS", value: 2 });
  expect((await world.stored("F1"))?.outcome).toMatchObject({ state: "SUCCESS", value: 3 });
  expect(world.runsOf("F1.1")).toBe(1);
});
