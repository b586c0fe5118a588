import { chord } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

function chordOf({ tasks: { add, sum } }: Simulation) {
  return chord([add.s(1, 1), add.s(2, 2)], sum.s());
}

test("of two copies of a body one runs, in whatever order they come", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const world = new Simulation({ seed, fault: strike("crash", "after", "publish F1") });
    expect(await world.flow(chordOf(world))).toBe(6);
    const { history } = world;
    expect(
      history.filter((line) => / before put F1$/.test(line)),
      `seed ${seed}`,
    ).toHaveLength(1);
    // n.b. The worker that died may have had the claim, and begun the body, which then runs again.
    const crash = history.findIndex((line) => line.endsWith(" !crash"));
    expect(crash, `seed ${seed}`).toBeGreaterThan(0);
    const [dead = ""] = history[crash]?.split(" ") ?? [];
    const hadClaim = history.slice(0, crash).some((line) => line.startsWith(`${dead} after claim F1.0 `));
    expect(world.runsOf("F1"), `seed ${seed}`).toBeLessThanOrEqual(hadClaim ? 2 : 1);
  }
});

test("a body whose worker died with the claim runs again under the same claim", async () => {
  const world = new Simulation({ fault: strike("crash", "before", "put F1") });
  expect(await world.flow(chordOf(world))).toBe(6);
  expect(world.runsOf("F1")).toBe(2);
});

test("every member delivered twice, in any order: the body runs once, with the right list", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const world = new Simulation({ seed });
    const { add, list } = world.tasks;
    const enqueue = world.server.enqueue.bind(world.server);
    world.server.enqueue = (message) => {
      enqueue(message);
      if (message.id.startsWith("F1.0.")) world.server.putBack("celery", message);
    };
    const flow = chord([add.s(0, 1), add.s(0, 2), add.s(0, 3), add.s(0, 4)], list.s());
    expect(await world.flow(flow), `seed ${seed}`).toBe("[1,2,3,4]");
    expect(world.runsOf("F1"), `seed ${seed}`).toBe(1);
  }
});
