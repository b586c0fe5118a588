import { chain, chord, group } from "@umbel/canvas";
import type { AsyncResult } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("everything after a failed task gets an outcome: steps, members never sent, their bodies", async () => {
  const world = new Simulation();
  const { boom, inc, sum } = world.tasks;
  const flow = chain(boom.s(1))
    .pipe(inc.s())
    .pipe(
      group([
        inc.s(),
        chain(inc.s()).pipe(inc.s()),
        chain(inc.s())
          .pipe(group([inc.s()]))
          .pipe(sum.s()),
      ]),
    )
    .pipe(sum.s());
  await world.startWorkers(2);
  const result = flow.apply() as AsyncResult<unknown>;
  await world.outcome(result);
  await world.scheduler.drain();
  const ids = ["F1.0", "F1.1", "F1.2.0", "F1.2.1.0", "F1.2.1", "F1.2.2.0", "F1.2.2.1.0", "F1.2.2", "F1"];
  for (const id of ids) {
    const stored = await world.stored(id);
    expect(stored?.outcome, id).toMatchObject({ state: "FAILURE", failure: { task: "boom", id: "F1.0" } });
  }
});

test("a group at the end of a failed chain ends with it, for each of its members", async () => {
  const world = new Simulation();
  const { boom, inc } = world.tasks;
  expect(await world.flow(chain(boom.s(1)).pipe(group([inc.s(), inc.s()])))).toMatchObject({
    errorMessage: "boom 1",
  });
});

test("the failure arrives at the join outside, which waits for its other members", async () => {
  const world = new Simulation();
  const { add, boom, inc, sum } = world.tasks;
  const flow = chord([chain(boom.s(1)).pipe(inc.s()), add.s(1, 1), boom.s(2)], sum.s()).pipe(inc.s());
  const error = await world.flow(flow);
  expect(error).toMatchObject({
    errorMessage: "boom 1",
    errors: [{ errorMessage: "boom 1" }, { errorMessage: "boom 2" }],
  });
  expect(world.runsOf("F1.0.1")).toBe(1);
  for (const id of ["F1.1", "F1"]) expect((await world.stored(id))?.outcome.state).toBe("FAILURE");
});
