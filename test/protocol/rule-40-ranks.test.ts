import { chain } from "@umbel/canvas";
import { endTurn, startTurn } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { recordOf } from "../contract/outcome-records.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test.each<["after" | "before", label: string]>([
  ["before", "put F1.0"],
  ["after", "start F1.0"],
])(
  "a zombie's outcome does not count once a later delivery has begun the step: cut %s %s",
  async (phase, label) => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const world = new Simulation({ seed, fault: strike("cut", phase, label) });
      const { roll, giveBack, boom } = world.tasks;
      await world.startWorkers(2);
      const result = chain(roll.s().compensate(giveBack.s()), boom.s()).apply();
      await world.outcome(result);
      await world.scheduler.run(result.compensation());
      // Each run of it gives how often it ran: the last one that began has to be the one that is undone.
      expect(world.undone.map(({ done }) => done.result)).toEqual([world.runsOf("F1.0")]);
    }
  },
);

describe("a step that has begun", () => {
  const begun = startTurn(undefined, { turn: 0, holder: { by: "n", rank: 1 } }).after;

  test("is taken over by a delivery of the same publication, of an equal or higher rank, and by no other", () => {
    const take = (by: string, rank: number) => startTurn(begun, { turn: 0, holder: { by, rank } }).started;
    expect([take("n", 1), take("n", 2)]).toEqual([
      { kind: "mine", isAgain: true },
      { kind: "mine", isAgain: true },
    ]);
    expect([take("n", 0), take("m", 1), take("m", 9)]).toEqual([
      { kind: "held" },
      { kind: "held" },
      { kind: "held" },
    ]);
  });

  test("is ended by those alone", () => {
    const end = (holder?: { by: string; rank: number }) =>
      endTurn(begun, recordOf("id", holder && { holder })).put;
    expect([end({ by: "n", rank: 1 }), end({ by: "n", rank: 2 })]).toEqual([{ won: true }, { won: true }]);
    const lost = { won: false, stored: null };
    expect([end(), end({ by: "n", rank: 0 }), end({ by: "m", rank: 1 })]).toEqual([lost, lost, lost]);
  });

  test("is begun anew in a later turn, by whoever is first", () => {
    expect(startTurn(begun, { turn: 1, holder: { by: "m", rank: 0 } }).started).toEqual({
      kind: "mine",
      isAgain: false,
    });
  });
});
