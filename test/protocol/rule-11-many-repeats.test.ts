import { chord, group } from "@umbel/canvas";
import type { AnyStep, Message } from "@umbel/core";
import { expect, test } from "vitest";
import { publications } from "../support/publications.ts";
import type { Tasks } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

const MEMBERS = 40;

function members({ add }: Tasks) {
  return Array.from({ length: MEMBERS }, (_, i) => add.s(i, 0));
}

/** Runs a flow whose members are all delivered again, twice, when its body is published; gives all publications. */
async function repeated(world: Simulation, step: AnyStep, workers: number): Promise<readonly Message[]> {
  let isRepeated = false;
  const published = publications(world, ({ id }) => {
    if (id !== "F1" || isRepeated) return [];
    isRepeated = true;
    const sent = published.filter((each) => each.id.startsWith("F1.0."));
    for (const message of [...sent, ...sent]) world.server.putBack("celery", message);
    return [];
  });
  await world.flow(step, workers);
  return published;
}

test("a worker completes a join once, however many of its members arrive again", async () => {
  for (const workers of [1, 2]) {
    const world = new Simulation({ isJoinAtHand: false });
    const published = await repeated(world, chord(members(world.tasks), world.tasks.sum.s()), workers);
    expect((await world.stored("F1"))?.outcome).toMatchObject({ value: (MEMBERS * (MEMBERS - 1)) / 2 });
    expect(world.history.filter((line) => line.includes("before arrive F1.0 ")).length).toBeGreaterThan(0);
    expect(published.filter(({ id }) => id === "F1").length).toBeLessThanOrEqual(workers);
    const reads = world.history.filter((line) => / before read F1\.0$/.test(line)).length;
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(workers);
  }
});

test("nor a race more often", async () => {
  const world = new Simulation();
  const race = group(members(world.tasks), { quorum: MEMBERS }).pipe(world.tasks.sum.s());
  const published = await repeated(world, race, 1);
  expect(published.filter(({ id }) => id === "F1")).toHaveLength(1);
});

test("a completion that failed is made again by the next who arrives", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new Simulation({ seed, fault: strike("cut", "before", "publish F1") });
    const { add, sum } = world.tasks;
    const outcome = await world.flow(chord([add.s(1, 1), add.s(2, 2), add.s(3, 3)], sum.s()), 1);
    expect(outcome, `seed ${seed}`).toBe(12);
  }
});
