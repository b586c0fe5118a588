import { chain, chord } from "@umbel/canvas";
import { describe, expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

describe("a message is acknowledged after its last effect", () => {
  test.each(["put F1.0.0", "arrive F1.0 0", "publish F1"])("a worker may die after %s", async (label) => {
    const world = new Simulation({ fault: strike("crash", "after", label) });
    const { add, sum } = world.tasks;
    expect(await world.flow(chord([add.s(1, 1)], sum.s()))).toBe(2);
  });
});

test("a worker that was cut off does not acknowledge what another has by now", async () => {
  const world = new Simulation({ fault: strike("cut", "after", "put F1.0") });
  const { add, inc } = world.tasks;
  expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()), 1)).toBe(3);
  expect(world.server.depth("celery")).toBe(0);
});

test.each([
  ["after", "put F1.0"],
  ["before", "publish F1"],
] as const)(
  "it publishes nothing more for a delivery whose connection was cut %s %s",
  async (phase, label) => {
    const world = new Simulation({ fault: strike("cut", phase, label) });
    const { add, inc } = world.tasks;
    const published: boolean[] = [];
    const enqueue = world.server.enqueue.bind(world.server);
    world.server.enqueue = (message) => {
      if (message.id === "F1") published.push(message.suspect);
      enqueue(message);
    };
    expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()))).toBe(3);
    expect(published).toEqual([true]);
  },
);
