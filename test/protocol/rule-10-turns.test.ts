import { chain } from "@umbel/canvas";
import { expect, test } from "vitest";
import { publications } from "../support/publications.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("of two copies of a turn that ask for another attempt one begins it, in whatever order they come", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    const published = publications(world, (message) => [{ ...message, nonce: `copy of ${message.nonce}` }]);
    expect(await world.flow(world.tasks.flaky.s(1, 2)), `seed ${seed}`).toBe(1);
    const begun = published.filter(({ suspect }) => !suspect).map(({ turn }) => turn);
    expect(begun, world.history.join("\n")).toEqual([0, 1, 2]);
  }
});

test("a retry whose answer was lost is the run's own: its next turn is published, as a suspect", async () => {
  const world = new Simulation({ fault: strike("lose", "after", "retry F1") });
  const published = publications(world);
  expect(await world.flow(world.tasks.flaky.s(1, 1))).toBe(1);
  expect(published.map(({ turn, suspect }) => [turn, suspect])).toEqual([
    [0, false],
    [1, true],
  ]);
});

test("an outcome says which turn it ended", async () => {
  const world = new Simulation();
  const { add, flaky, inc } = world.tasks;
  await world.flow(chain(add.s(1, 1)).pipe(flaky.s(2)).pipe(inc.s()));
  const turns = await Promise.all(["F1.0", "F1.1", "F1"].map(async (id) => (await world.stored(id))?.turn));
  expect(turns).toEqual([0, 2, 0]);
});
