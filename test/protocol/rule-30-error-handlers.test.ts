import { chord } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import { expect, test } from "vitest";
import { FAILING_FLOWS } from "../support/failing-flows.ts";
import type { SimulationOptions, Tasks } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

test.each(FAILING_FLOWS)(
  "the handler of %s begins on every performance of its failure's effects",
  async (_, step, handler) => {
    const turns = (await run(step, 1)).scheduler.turns;
    for (let at = 1; at <= turns; at += 1) {
      for (const kind of ["crash", "cut", "lose"] as const) {
        const world = await run(step, at, ({ number, actor }) =>
          number === at && actor.startsWith("worker") ? kind : undefined,
        );
        expect((await world.stored(handler))?.outcome.state, `${kind} at ${at}`).toBe("SUCCESS");
      }
    }
  },
);

test("the handler gets the failure, its task, and its place in the group", async () => {
  const world = new Simulation();
  const { add, boom, sum, same } = world.tasks;
  await world.flow(chord([add.s(1, 1), boom.s(1), boom.s(2)], sum.s()).onFailure(same.s()));
  const failure = { name: "RangeError", code: null, task: "boom" };
  expect((await world.stored("F1+error.0"))?.outcome).toMatchObject({
    value: {
      ...{ ...failure, index: 1, message: "boom 1", id: "F1.0.1" },
      errors: [
        { ...failure, index: 1, message: "boom 1", id: "F1.0.1" },
        { ...failure, index: 2, message: "boom 2", id: "F1.0.2" },
      ],
    },
  });
});

async function run(
  step: (tasks: Tasks) => AnyStep,
  seed: number,
  fault?: SimulationOptions["fault"],
): Promise<Simulation> {
  const world = new Simulation({ seed, fault });
  expect(await world.flow(step(world.tasks))).toBeInstanceOf(Error);
  await world.scheduler.run(world.scheduler.sleep(600_000)); // nobody waits for a handler: let it end
  return world;
}
