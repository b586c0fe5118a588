import { chain } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

const publications = (world: Simulation, id: string): readonly string[] =>
  world.history
    .filter((line) => line.includes(` before publish ${id}`))
    .map((line) => line.replace(/^.* before /, ""));

test("a suspect whose outcome is stored skips its handler and performs the effects again", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "put F1.0") });
  const { add, inc } = world.tasks;
  expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()))).toBe(3);
  expect(world.runsOf("F1.0")).toBe(1);
});

test("so does one that failed: its tail is failed again", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "put F1.0") });
  const { boom, inc } = world.tasks;
  expect(await world.flow(chain(boom.s(1)).pipe(inc.s()))).toBeInstanceOf(Error);
  expect(world.runsOf("F1.0")).toBe(1);
});

test("what a suspect publishes is suspect", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "publish F1.1") });
  const { add, inc } = world.tasks;
  expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()).pipe(inc.s()))).toBe(4);
  expect(publications(world, "F1.1")).toEqual(["publish F1.1", "publish F1.1 (suspect)"]);
  expect(publications(world, "F1").at(-1)).toBe("publish F1 (suspect)");
});

test("a flow that is published again after a lost confirmation is suspect", async () => {
  let isDone = false;
  const world = new Simulation({
    fault: ({ actor, phase }) => {
      if (actor !== "client" || phase !== "after" || isDone) return undefined;
      isDone = true;
      return "lose";
    },
  });
  await world.startWorkers(2);
  const result = world.tasks.add.s(1, 1).apply();
  expect(await world.outcome(result)).toBe(2); // n.b. nobody waits for the confirmation of what has a result
  await world.scheduler.run(result.published);
  expect(publications(world, "F1")).toEqual(["publish F1", "publish F1 (suspect)"]);
});

test("the way without a fault makes no extra read", async () => {
  const world = new Simulation();
  const { add, inc } = world.tasks;
  await world.flow(chain(add.s(1, 1)).pipe(inc.s()).pipe(inc.s()));
  expect(world.history.filter((line) => line.startsWith("worker") && line.includes(" find "))).toEqual([]);
});
