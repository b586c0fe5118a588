import { chord } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("a repeat that sees the join complete performs its completion again, as a suspect", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "arrive F1.0 0") });
  const { add, sum } = world.tasks;
  expect(await world.flow(chord([add.s(1, 1)], sum.s()))).toBe(2);
  expect(world.history.filter((line) => line.includes("before publish F1 ")).length).toBe(1);
  expect(world.history.some((line) => line.endsWith("before publish F1 (suspect)"))).toBe(true);
});

test("a member counts once, however often it arrives", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const world = new Simulation({ seed, fault: strike("crash", "after", "arrive F1.0 0") });
    const { add, list } = world.tasks;
    expect(await world.flow(chord([add.s(0, 1), add.s(0, 2), add.s(0, 3)], list.s()))).toBe("[1,2,3]");
    expect(await world.join("F1.0")).toMatchObject({ size: 3, count: 3 });
  }
});

test("a member whose join is gone fails the body and its tail with JOIN_LOST", async () => {
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (label === "put F1.0.0" && phase === "after") void world.stores.joins.retire("F1.0", 0);
      return undefined;
    },
  });
  const { add, sum, inc } = world.tasks;
  const outcome = await world.flow(chord([add.s(1, 1)], sum.s()).pipe(inc.s()));
  expect(outcome).toMatchObject({ code: "TASK_FAILED", errorCode: "JOIN_LOST" });
  for (const id of ["F1.1", "F1"]) expect((await world.stored(id))?.outcome.state).toBe("FAILURE");
});

test("and the failure arrives at the join outside", async () => {
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (label === "put F1.0.0.0.0" && phase === "after") void world.stores.joins.retire("F1.0.0.0", 0);
      return undefined;
    },
  });
  const { add, sum, list } = world.tasks;
  const outcome = await world.flow(chord([chord([add.s(1, 1)], sum.s()), add.s(1, 1)], list.s()));
  expect(outcome).toMatchObject({ code: "TASK_FAILED", errorCode: "JOIN_LOST" });
});

test("and does so when who found it gone dies at any turn after", async () => {
  const gone = async (at: number): Promise<Simulation> => {
    let lost = Infinity;
    const world = new Simulation({
      fault: ({ label, phase, number, actor }) => {
        if (label === "put F1.0.0.0.0" && phase === "after") {
          void world.stores.joins.retire("F1.0.0.0", 0);
          lost = Math.min(lost, number);
        }
        return actor.startsWith("worker") && number === lost + at ? "crash" : undefined;
      },
    });
    const { add, sum, list } = world.tasks;
    const outcome = await world.flow(chord([chord([add.s(1, 1)], sum.s()), add.s(1, 1)], list.s()), 3);
    expect(outcome, `crash ${at} turns after`).toMatchObject({ errorCode: "JOIN_LOST" });
    return world;
  };
  const { turns } = (await gone(Infinity)).scheduler;
  for (let at = 1; at <= turns; at += 1) await gone(at);
});

test("a late duplicate of a member of a join that is over and gone changes nothing", async () => {
  const world = new Simulation();
  const { add, sum } = world.tasks;
  let member: Parameters<typeof world.server.enqueue>[0] | undefined;
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.enqueue = (message) => {
    if (message.id === "F1.0.0") member = message;
    enqueue(message);
  };
  expect(await world.flow(chord([add.s(1, 1)], sum.s()))).toBe(2);
  await world.stores.joins.retire("F1.0", 0);
  const pushed: unknown[] = [];
  world.server.reply = (_, records) => void pushed.push(...records);
  world.server.putBack("celery", member!);
  await world.scheduler.drain();
  expect((await world.stored("F1"))?.outcome).toEqual({ state: "SUCCESS", value: 2 });
  expect(pushed).toEqual([]);
});
