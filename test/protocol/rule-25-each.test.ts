import { each } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("the size of each comes from the stored list, whatever a second run of the same returns", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const world = new Simulation({ seed });
    const enqueue = world.server.enqueue.bind(world.server);
    world.server.enqueue = (message) => {
      enqueue(message);
      if (message.task === "rolled") world.server.putBack("celery", message);
    };
    const { rolled, inc, list } = world.tasks;
    const outcome = await world.flow(rolled.s().pipe(each(inc.s())).pipe(list.s()), 2);
    const stored = (await world.stored("F1.0"))?.outcome;
    const rolls = stored?.state === "SUCCESS" ? (stored.value as readonly number[]) : [];
    expect(outcome).toBe(JSON.stringify(rolls.map((n) => n + 1)));
    expect(await world.join("F1.1")).toMatchObject({ size: rolls.length, count: rolls.length });
  }
});

test("an empty list has a join of size 0, and who registers or meets it publishes the body (rule 26)", async () => {
  for (const phase of ["before", "after"] as const) {
    for (const label of ["register F1.1", "publish F1"]) {
      const world = new Simulation({ fault: strike("crash", phase, label) });
      const { numbers, inc, sum } = world.tasks;
      expect(await world.flow(numbers.s([]).pipe(each(inc.s())).pipe(sum.s()), 2)).toBe(0);
      expect(await world.join("F1.1")).toMatchObject({ size: 0 });
      expect(world.runsOf("F1")).toBeLessThanOrEqual(1 + Number(phase === "after" && label === "publish F1"));
    }
  }
});
