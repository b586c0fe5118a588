import { chain, chord } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

/** Where in the history a line first ends like this. */
function place(world: Simulation, text: string): number {
  const at = world.history.findIndex((line) => line.endsWith(text));
  expect(at, `${text} in\n${world.history.join("\n")}`).toBeGreaterThanOrEqual(0);
  return at;
}

test("a member's outcome is acknowledged by the store before its arrival", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    const { add, list } = world.tasks;
    const outcome = await world.flow(chord([add.s(0, 1), add.s(0, 2), add.s(0, 3)], list.s()));
    expect(outcome).toBe("[1,2,3]");
    const arrivals = world.history.filter((line) => / before arrive /.test(line));
    for (const line of arrivals) {
      for (const index of line.replace(/^.* arrive F1\.0 /, "").split(" ")) {
        expect(place(world, `after put F1.0.${index}`)).toBeLessThan(world.history.indexOf(line));
      }
    }
  }
});

test("a step's outcome is acknowledged by the store before the next step is published", async () => {
  const world = new Simulation();
  const { add, inc } = world.tasks;
  await world.flow(chain(add.s(1, 1)).pipe(inc.s()));
  expect(place(world, "after put F1.0")).toBeLessThan(place(world, "before publish F1"));
});
