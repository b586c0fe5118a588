import { chain, place, start } from "@umbel/canvas";
import { retryOf } from "../contract/outcome-records.ts";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a success of an older turn is discarded: what counts is the turn that is stored", async () => {
  let writes = 0;
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (label !== "put F1.0" || phase !== "before") return undefined;
      if ((writes += 1) === 1) return "crash";
      // Meanwhile another run of the same turn, a zombie's, has asked for another attempt.
      const next = { args: [50, 50], next: tail(world), etaMs: null };
      if (writes === 2) void world.stores.results.put([retryOf("F1.0", 0, next)]);
      return undefined;
    },
  });
  const { add, inc } = world.tasks;
  expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()))).toBe(101);
  expect(await world.stored("F1.0")).toMatchObject({ turn: 1, outcome: { value: 100 } });
  expect(world.runsOf("F1")).toBe(1);
});

test("so is a failure: nothing after it fails", async () => {
  let writes = 0;
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (label !== "put F1.0" || phase !== "before") return undefined;
      if ((writes += 1) === 1) return "crash";
      const next = { args: [50, 50], next: tail(world), etaMs: null };
      if (writes === 2) void world.stores.results.put([retryOf("F1.0", 0, next)]);
      return undefined;
    },
  });
  const { boom, inc } = world.tasks;
  expect(await world.flow(chain(boom.s(1)).pipe(inc.s()))).toBe(101);
});

test("attempts are counted apart from turns: those of a Python worker's retries count, in turn 0", async () => {
  const world = new Simulation();
  const plan = place(world.tasks.shaky.s(1, 9).node, "F9");
  const [message] = start(plan, [], { flow: "F9", parent: null, replyTo: null });
  await world.startWorkers(1);
  await world.brokerOf("client").publish([{ ...message!, retries: 1 }]);
  await world.scheduler.run(world.scheduler.sleep(1_000));
  expect(world.attempts).toEqual(["F9 1", "F9 2"]);
  expect(await world.stored("F9")).toMatchObject({ turn: 1, retries: 2, outcome: { state: "FAILURE" } });
});

/** What comes after the first of two steps. */
function tail({ tasks: { add, inc } }: Simulation) {
  const [message] = start(place(chain(add.s(1, 1)).pipe(inc.s()).node, "F1"), [], {
    flow: "F1",
    parent: null,
    replyTo: null,
  });
  return message!.next;
}
