import { advance, chord, place, start } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

function nested({ tasks: { add, sum, list } }: Simulation) {
  return chord([chord([add.s(1, 1), add.s(2, 2)], sum.s()), add.s(3, 3)], list.s());
}

test("the outer join is registered before the inner one, and both before any member is published", async () => {
  const world = new Simulation();
  expect(await world.flow(nested(world), 1)).toBe("[6,6]");
  const effects = world.history
    .filter((line) => /^worker1 \w+ (register|publish) F1\.0/.test(line))
    .slice(0, 6);
  expect(effects.map((line) => line.replace(/^worker1 /, ""))).toEqual([
    ...["before register F1.0", "after register F1.0", "before register F1.0.0.0", "after register F1.0.0.0"],
    ...["before publish F1.0.0.0.0", "after publish F1.0.0.0.0"],
  ]);
});

test("a worker that dies between a registration and the members is followed by one that goes on", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "register F1.0") });
  expect(await world.flow(nested(world))).toBe("[6,6]");
});

test("a start that finds the join registered publishes its members as suspects", async () => {
  const world = new Simulation();
  const { add, sum } = world.tasks;
  const plan = place(chord([add.s(1, 1), add.s(2, 2)], sum.s()).node, "F9");
  const [message] = start(plan, [], { flow: "F9", parent: null, replyTo: null });
  await world.startWorkers(1);
  const publish = (nonce: string) => world.brokerOf("client").publish([{ ...message!, nonce }]);
  await publish("first");
  await world.scheduler.drain();
  await publish("second");
  await world.scheduler.drain();
  expect(world.history.filter((line) => line.includes("before publish F9.0.1"))).toEqual([
    "worker1 before publish F9.0.1",
    "worker1 before publish F9.0.1 (suspect)",
  ]);
  expect(world.runsOf("F9.0.1")).toBe(1);
});

test.each([
  ["a join of 2 members", 2, 3],
  ["a join of 3 members", 3, 2],
  ["a join of 1,009 members, in as many shards", 1_009, 1_010],
])("a start that finds %s where it wants another size fails its plan, clearly", async (_, there, wanted) => {
  const world = new Simulation();
  const { add, sum } = world.tasks;
  const planOf = (size: number) =>
    place(
      chord(
        Array.from({ length: size }, () => add.s(1, 1)),
        sum.s(),
      ).node,
      "F9",
    );
  const origin = { flow: "F9", parent: null, replyTo: null };
  const effects = [...start(planOf(there), [], origin)].flatMap((message) => advance(message, null));
  const joins = effects.flatMap((effect) => (effect.kind === "register" ? effect.joins : []));
  expect(await world.stores.joins.register(joins)).toEqual(["new"]);
  await world.startWorkers(1);
  await world.scheduler.run(world.brokerOf("client").publish(start(planOf(wanted), [], origin)));
  await world.scheduler.drain();
  expect((await world.stored("F9"))?.outcome).toMatchObject({
    failure: { code: "JOIN_MISMATCH", message: expect.stringContaining(`F9.0`) },
  });
  expect(world.runs).toEqual([]);
});
