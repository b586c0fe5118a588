import { chord, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import { isCancelled } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a failure before a step does not begin its handler", async () => {
  const world = new Simulation();
  const { boom, inc, sum, same } = world.tasks;
  const late = inc
    .s()
    .onFailure(same.s())
    .pipe(group([inc.s()]).onFailure(same.s()).pipe(sum.s()));
  await world.flow(boom.s(1).pipe(late));
  await world.flow(
    group([boom.s(1)])
      .pipe(sum.s().onFailure(same.s()))
      .pipe(inc.s().onFailure(same.s())),
  );
  expect(world.history.filter((line) => /\+(error|failure)/.test(line))).toEqual([]);
});

test("what lost a race first, and then its members, begins no handler", async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const world = new Simulation({ seed });
    const { add, boom, sum, same, fold, swapped } = world.tasks;
    const failing = JSON.stringify({ chain: [{ call: -1 }, { call: 1 }] });
    const losers = [
      chord([boom.s(1)], sum.s()).linkError(same.s()),
      swapped.s(0, 1, failing).linkError(same.s()),
    ];
    await world.flow(group([add.s(1, 1) as AnyStep, ...losers], "any").pipe(fold.s(1)));
    for (const id of ["F1.0.1", "F1.0.2"]) {
      const outcome = (await world.stored(id))?.outcome;
      const handler = await world.stored(`${id}+error.0`);
      const isLate = outcome !== undefined && isCancelled(outcome) && handler !== null;
      expect(isLate, `${id}, seed ${seed}`).toBe(false);
    }
  }
});

test("what is cancelled begins no handler", async () => {
  const world = new Simulation();
  const { add, sum, same } = world.tasks;
  const late = add.s(1, 1).set({ countdownMs: 1000 });
  const handled = chord([late.onFailure(same.s()), late], sum.s()).onFailure(same.s());
  await world.startWorkers(1);
  const result = handled.apply();
  await world.scheduler.run(result.published);
  await world.scheduler.run(result.cancel());
  await world.outcome(result);
  await world.scheduler.run(world.scheduler.sleep(600_000));
  expect(world.history.filter((line) => /publish .*\+error/.test(line))).toEqual([]);
});

test("the handler of what had failed runs although its flow is cancelled", async () => {
  const world = new Simulation();
  const { add, boom, sum, same } = world.tasks;
  const late = add.s(1, 1).set({ countdownMs: 1000 });
  const flow = chord([boom.s(1).onFailure(same.s().set({ countdownMs: 500 })), late], sum.s());
  await world.startWorkers(1);
  const result = flow.apply();
  await world.scheduler.run(result.published);
  await world.scheduler.drain();
  await world.scheduler.run(result.cancel());
  await world.outcome(result);
  await world.scheduler.run(world.scheduler.sleep(600_000));
  expect(world.runsOf("F1.0.0+failure.0")).toBe(1);
});
