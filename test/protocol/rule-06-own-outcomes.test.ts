import { chord, group } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

/** Members whose value is another in each run of the same. */
function flowIn({ tasks }: Simulation) {
  return group([tasks.fickle.s(1), tasks.fickle.s(2)]).pipe(tasks.list.s());
}

test("whoever completes a join takes what it was the first to store from memory, and reads nothing", async () => {
  const world = new Simulation();
  const { add, list } = world.tasks;
  expect(await world.flow(chord([add.s(0, 1), add.s(0, 2)], list.s()), 1)).toBe("[1,2]");
  expect(world.history.filter((line) => line.includes(" find "))).toEqual([]);
});

test("a body gets what is stored of a member, and not what a second run of that came to here", async () => {
  let twice = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new Simulation({ seed, fault: strike("cut", "before", "handle F1.0.1") });
    const given = await world.flow(flowIn(world), 2);
    twice += world.runsOf("F1.0.1") === 2 ? 1 : 0;
    const stored = await Promise.all(["F1.0.0", "F1.0.1"].map((id) => world.stored(id)));
    const values = stored.map((record) => record?.outcome.state === "SUCCESS" && record.outcome.value);
    expect(given).toBe(JSON.stringify(values));
  }
  expect(twice).toBeGreaterThan(5);
});

test("where another worker stored some of them, those alone are read", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new Simulation({ seed });
    const { add, list } = world.tasks;
    expect(await world.flow(chord([add.s(0, 1), add.s(0, 2), add.s(0, 3)], list.s()), 2)).toBe("[1,2,3]");
    const reads = world.history.filter((line) => / before find /.test(line));
    for (const line of reads) {
      const [worker = ""] = line.split(" ");
      for (const id of line.replace(/^.* find /, "").split(" "))
        expect(world.history).not.toContain(`${worker} after put ${id}`);
    }
  }
});
