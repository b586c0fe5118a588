import { each } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

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
