import { chord } from "@umbel/canvas";
import { cancelFailure } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

const LATER_MS = 9_000_000_000_000;
const MARK = cancelFailure("enough", "umbel.cancel", "F1!cancel");

interface MarkedOptions {
  readonly crashAt?: string;
  readonly isJoinAtHand?: boolean;
}

/** A world in which the join F1.0 is marked as soon as this line is in the history. */
function markedAt(line: RegExp, { crashAt, ...options }: MarkedOptions = {}): Simulation {
  const crash = crashAt === undefined ? () => undefined : strike("crash", "after", crashAt);
  const world: Simulation = new Simulation({
    ...options,
    fault: (turn) => {
      if (line.test(`${turn.phase} ${turn.label}`)) void world.stores.joins.mark(["F1.0"], MARK, LATER_MS);
      return crash(turn);
    },
  });
  return world;
}

test.each([
  ["brought along by who arrives", true, /before arrive F1\.0 /],
  ["read", false, /before read F1\.0$/],
])(
  "who completes a marked join, %s, does not publish its body, and ends it",
  async (_, isJoinAtHand, moment) => {
    const world = markedAt(moment, { isJoinAtHand });
    const { add, sum, inc } = world.tasks;
    const outcome = await world.flow(chord([add.s(1, 1), add.s(2, 2)], sum.s()).pipe(inc.s()), 1);
    expect(outcome).toMatchObject({ code: "FLOW_CANCELLED", reason: "enough" });
    expect(world.history.filter((line) => line.includes("publish F1.1"))).toEqual([]);
    expect((await world.stored("F1.1"))?.outcome).toMatchObject({
      failure: { code: "FLOW_CANCELLED", id: "F1.1" },
    });
  },
);

test("a body reads the mark with its claim: it does not run, and has its outcome", async () => {
  const world = markedAt(/before claim F1\.0 /);
  const { add, sum, inc } = world.tasks;
  const outcome = await world.flow(chord([add.s(1, 1), add.s(2, 2)], sum.s()).pipe(inc.s()));
  expect(outcome).toMatchObject({ code: "FLOW_CANCELLED", reason: "enough" });
  expect(world.runsOf("F1.1")).toBe(0);
  expect(world.server.depth("celery")).toBe(0);
});

test("a group that had failed before the mark has its handler, though its completer died", async () => {
  const world = markedAt(/after put F1$/, { crashAt: "put F1" });
  const { add, boom, sum, same } = world.tasks;
  const flow = chord([boom.s(1), add.s(1, 1)], sum.s()).onFailure(same.s());
  expect(await world.flow(flow)).toMatchObject({ errorMessage: "boom 1" });
  await world.scheduler.run(world.scheduler.sleep(600_000));
  expect(world.runsOf("F1+error.0")).toBe(1);
});
