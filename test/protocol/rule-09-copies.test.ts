import { chain, chord } from "@umbel/canvas";
import { describe, expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

/** Chords one after the other: each body begins the members of the next. */
function chords(count: number, size: number, { tasks: { fold } }: Simulation) {
  const members = Array.from({ length: size }, (_, i) => fold.s(i));
  return chain(...Array.from({ length: count }, () => chord(members, fold.s())));
}

/** Messages published in a run in which a worker dies at a turn. */
async function published(count: number, size: number, turn: number): Promise<number> {
  const world = new Simulation({
    seed: 7,
    fault: ({ actor, number }) => (number === turn && actor.startsWith("worker") ? "crash" : undefined),
  });
  let messages = 0;
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.enqueue = (message) => {
    messages += 1;
    enqueue(message);
  };
  await world.flow(chords(count, size, world));
  return messages;
}

describe("what a crash has published again", () => {
  test("is not multiplied by the joins that come after it", async () => {
    for (let turn = 1; turn <= 80; turn += 1) {
      const [few, many] = [await published(1, 4, turn), await published(5, 4, turn)];
      expect(many - few, `turn ${turn}`).toBeLessThanOrEqual(4 * (4 + 1) + 8);
    }
  });
});
