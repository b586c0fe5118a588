import { place, start } from "@umbel/canvas";
import { chord, group } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a client that dies at any moment leaves a flow that exists wholly or not at all", async () => {
  for (let at = 1; at <= 6; at += 1) {
    let turns = 0;
    const world = new Simulation({
      fault: ({ actor }) => (actor === "client" && (turns += 1) === at ? "crash" : undefined),
    });
    await world.startWorkers(2);
    chord([world.tasks.add.s(1, 1), world.tasks.add.s(2, 2)], world.tasks.sum.s()).apply();
    await world.scheduler.drain();
    const body = (await world.stored("F1"))?.outcome;
    const all = { body: { state: "SUCCESS", value: 6 }, runs: 3 };
    expect([all, { body: undefined, runs: 0 }]).toContainEqual({ body, runs: world.runs.length });
  }
});

test("a flow that begins with a group and has a join is one message", () => {
  const { tasks } = new Simulation();
  const flow = chord([tasks.add.s(1, 1), tasks.add.s(2, 2)], tasks.sum.s());
  const messages = [...start(place(flow.node, "F"), [], { flow: "F", parent: null, replyTo: null })];
  expect(messages.map(({ task }) => task)).toEqual(["umbel.start"]);
});

test("it goes to the queue of the step after the join", () => {
  const { tasks } = new Simulation();
  const header = [tasks.add.s(1, 1).set({ queue: "members" })];
  const flow = group(header).pipe(tasks.sum.s().set({ queue: "bodies" }));
  const [message] = start(place(flow.node, "F"), [], { flow: "F", parent: null, replyTo: null });
  expect(message?.options.queue).toBe("bodies");
});

test("a group without a join needs no start message", () => {
  const { tasks } = new Simulation();
  const flow = group([tasks.add.s(1, 1), tasks.add.s(2, 2)]);
  const messages = [...start(place(flow.node, "F"), [], { flow: "F", parent: null, replyTo: null })];
  expect(messages.map(({ id }) => id)).toEqual(["F.0", "F.1"]);
});
