import { chain, chord, each, group } from "@umbel/canvas";
import { cancelFailure, engineFailure } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

const LATER_MS = 9_000_000_000_000;
const MARK = cancelFailure("enough", "umbel.cancel", "F1!cancel");

test("a registration that meets a mark publishes no member, and ends what waits for it", async () => {
  const world = new Simulation();
  const { add, inc, sum } = world.tasks;
  await world.stores.joins.mark(["F1.1"], MARK, LATER_MS);
  const flow = chain(add.s(1, 1), group([inc.s(), chain(inc.s(), inc.s())]), sum.s(), inc.s());
  expect(await world.flow(flow)).toMatchObject({ code: "FLOW_CANCELLED", reason: "enough" });
  expect(world.runs).toEqual(["F1.0"]);
  for (const id of ["F1.1.0", "F1.1.1.0", "F1.1.1", "F1.2", "F1"])
    expect((await world.stored(id))?.outcome, id).toMatchObject({ failure: { code: "FLOW_CANCELLED", id } });
});

test("what members of a marked group would have claimed is let go", async () => {
  const world = new Simulation();
  const { numbers, inc, sum } = world.tasks;
  await world.stores.joins.mark(["F1.1"], MARK, LATER_MS);
  const members = each(inc.s().set({ exclusive: true }));
  await world.flow(numbers.s([1, 2]).pipe(members).pipe(sum.s()));
  expect([...world.registered]).toEqual(["F1.1", "F1.1.0!x", "F1.1.1!x"]);
  await world.scheduler.run(world.scheduler.sleep(30 * 86_400_000));
  for (const id of world.registered) expect(await world.join(id), id).toBeNull();
});

test("what is not below the mark goes on, and the mark arrives at its join", async () => {
  const world = new Simulation();
  const { add, sum, list } = world.tasks;
  const mark = engineFailure("PLAN_LOST", "its page is gone", "umbel.start", "F1");
  await world.stores.joins.mark(["F1.0.0.0"], mark, LATER_MS);
  const inner = chord([add.s(1, 1), chord([add.s(2, 2)], sum.s())], sum.s());
  expect(await world.flow(group([inner, add.s(3, 3)], "settled").pipe(list.s()))).toContain(
    '"code":"PLAN_LOST"',
  );
  expect(world.runs.toSorted()).toEqual(["F1", "F1.0.1"]);
  await world.scheduler.run(world.scheduler.sleep(30 * 86_400_000));
  for (const id of world.registered) expect(await world.join(id), id).toBeNull();
});

test("marks are put outer first", async () => {
  const world = new Simulation();
  const { add, sum, list } = world.tasks;
  const result = chord([chord([add.s(1, 1)], sum.s()), add.s(3, 3)], list.s()).apply();
  await world.scheduler.run(result.published);
  await world.scheduler.run(result.cancel());
  await world.startWorkers(1);
  await world.outcome(result);
  await world.scheduler.drain();
  const marks = world.history
    .filter((line) => / after mark F1/.test(line))
    .map((line) => line.split(" ").at(-1));
  expect([...new Set(marks)]).toEqual(["F1.0", "F1.0.0.0"]);
});
