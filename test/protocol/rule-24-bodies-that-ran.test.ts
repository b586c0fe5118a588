import { chord, group } from "@umbel/canvas";
import type { Message } from "@umbel/core";
import { expect, test } from "vitest";
import { publications } from "../support/publications.ts";
import type { SimulationOptions } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

/** What is done once a line is in the history, the first time: `after put F1`. */
type Late = Readonly<Record<string, (world: Simulation, sent: (id: string) => Message) => void>>;

function worldWith(
  seed: number,
  late: Late,
  fault: SimulationOptions["fault"] = () => undefined,
): Simulation {
  const left = new Map(Object.entries(late));
  const published: Message[] = [];
  const sent = (id: string): Message => published.find((each) => each.id === id)!;
  const world: Simulation = new Simulation({
    seed,
    fault: (turn) => {
      const [line] = [...left.keys()].filter((each) => `${turn.phase} ${turn.label} `.startsWith(`${each} `));
      const act = left.get(line ?? "");
      left.delete(line ?? "");
      act?.(world, sent);
      return fault?.(turn);
    },
  });
  publications(world, (message) => (published.push(message) ? [] : []));
  return world;
}

/** A member's outcome is gone when another member arrives again: the body cannot be made any more, but it has run. */
function withMemberGone(seed: number, body: string, header: string): Simulation {
  const gone: Late[string] = (world, sent) => {
    void world.stores.results.forget([`${header}.1`]);
    world.server.putBack("celery", sent(`${header}.0`));
  };
  return worldWith(seed, { [`after put ${body}`]: gone }, strike("crash", "after", `put ${body}`));
}

test("a body that has succeeded is not failed by a late member: what comes after it goes on", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const world = withMemberGone(seed, "F1.1", "F1.0");
    const { add, sum, inc } = world.tasks;
    const flow = chord([add.s(1, 1), add.s(2, 2)], sum.s()).pipe(inc.s());
    expect(await world.flow(flow), `seed ${seed}`).toBe(7);
  }
});

test("nor counts as failed in the race outside, and no handler of it begins", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const world = withMemberGone(seed, "F1.0.0", "F1.0.0.0");
    const { add, sum, inc, boom, same } = world.tasks;
    const inner = chord([add.s(1, 1), add.s(2, 2)], sum.s().linkError(same.s()));
    expect(await world.flow(group([inner, boom.s(1)], "any").pipe(inc.s())), `seed ${seed}`).toBe(7);
    expect(world.runs.filter((id) => id.includes("+"))).toEqual([]);
  }
});

test("nor does one whose join is lost while it runs", async () => {
  const ends = new Set<unknown>();
  for (let seed = 1; seed <= 100; seed += 1) {
    const world = worldWith(seed, {
      "after publish F1.0.0": ({ server }, sent) => server.putBack("celery", sent("F1.0.0.0.0")),
      "after claim F1.0.0.0": ({ stores }) => void stores.joins.retire("F1.0.0.0", 0),
    });
    const { add, sum, inc, boom } = world.tasks;
    const inner = chord([add.s(1, 1), add.s(2, 2)], sum.s());
    const outcome = await world.flow(group([inner, boom.s(1)], "any").pipe(inc.s()));
    const stored = (await world.stored("F1.0.0"))?.outcome.state;
    ends.add(stored);
    const said = outcome instanceof Error ? "FAILURE" : outcome;
    expect(said, `seed ${seed}`).toBe(stored === "SUCCESS" ? 7 : stored);
  }
  expect(ends).toEqual(new Set(["SUCCESS", "FAILURE"]));
});
