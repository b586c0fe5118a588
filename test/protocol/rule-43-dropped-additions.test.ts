import { chord, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, expect, test } from "vitest";
import type { Tasks } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

const KINDS = ["crash", "cut", "lose"] as const;

/** Runs a flow without a fault, and with one of this kind at each turn of a worker. */
async function atEachTurn(
  step: (tasks: Tasks) => AnyStep,
  kind: Fault,
  check: (world: Simulation, outcome: unknown) => Promise<void>,
): Promise<void> {
  const run = async (fault?: (turn: Turn) => Fault | undefined): Promise<Simulation> => {
    const world = new Simulation({ fault });
    const outcome = await world.flow(step(world.tasks));
    await world.rest();
    try {
      await check(world, outcome);
    } catch (error) {
      throw new Error(world.history.join("\n"), { cause: error });
    }
    return world;
  };
  const { scheduler } = await run();
  for (let at = 1; at <= scheduler.turns; at += 1)
    await run(({ number, actor }) => (number === at && actor.startsWith("worker") ? kind : undefined));
}

/** The ids of additions that began. */
function begunIn({ runs }: Simulation): readonly string[] {
  return [...new Set(runs.filter((id) => id.includes("+.")))].toSorted();
}

describe.each(KINDS)("with a %s at any turn,", (kind) => {
  test("attempts that are tried again drop what they added: the last one's counts", async () => {
    const step = ({ rash, add, list }: Tasks) => chord([rash.s(5, 2), add.s(1, 1)], list.s());
    await atEachTurn(step, kind, async (world, outcome) => {
      expect(outcome).toBe("[5,2,2]");
      expect(begunIn(world)).toEqual(["F1.0.0+.0"]);
      expect(await world.stored("F1.0.0+.0")).toMatchObject({ outcome: { value: 2 } });
    });
  });

  test("a task that fails for good has added nothing", async () => {
    const step = ({ rash, add, list }: Tasks) => chord([rash.s(5, 9), add.s(1, 1)], list.s());
    await atEachTurn(step, kind, async (world, outcome) => {
      expect(outcome).toMatchObject({ errorCode: "RETRY_EXHAUSTED" });
      expect(begunIn(world)).toEqual([]);
      expect(await world.join("F1.0.0+")).toBeNull();
      expect(await world.join("F1.0")).toMatchObject({ size: 2, count: 2, failed: 1 });
    });
  });

  test("what was added and failed fails the slot, and so a group of all", async () => {
    const step = ({ adds, add, list }: Tasks) =>
      chord([adds.s(1, [2, { value: 3, adds: [{ boom: 4 }] }]), add.s(1, 1)], list.s());
    await atEachTurn(step, kind, async (world, outcome) => {
      expect(outcome).toMatchObject({ errorMessage: "boom 4", errorCode: null });
      expect(begunIn(world)).toEqual(["F1.0.0+.0", "F1.0.0+.1", "F1.0.0+.1+.0"]);
      expect(await world.join("F1.0.0+.1+")).toMatchObject({ size: 1, count: 1, failed: 1 });
      expect(await world.join("F1.0.0+")).toMatchObject({ size: 2, count: 2, failed: 1 });
      expect(await world.join("F1.0")).toMatchObject({ size: 2, count: 2, failed: 1 });
      expect(world.runsOf("F1")).toBe(0);
    });
  });

  test("and a settled one goes on, told of it where it stands", async () => {
    const step = ({ adds, add, list }: Tasks) =>
      group([adds.s(1, [{ boom: 3 }, 4]), add.s(1, 1)], "settled").pipe(list.s());
    await atEachTurn(step, kind, async (world, outcome) => {
      const settled = JSON.parse(String(outcome)) as readonly { status: string; reason?: object }[];
      expect(settled.map(({ status }) => status)).toEqual([
        "fulfilled",
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
      expect(settled[2]?.reason).toMatchObject({ message: "boom 3", id: "F1.0.0+.0" });
      expect(await world.join("F1.0")).toMatchObject({ size: 2, count: 2, failed: 1 });
    });
  });
});

test("additions begin when the member has returned, in any order", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    const { adds, add, list } = world.tasks;
    expect(await world.flow(chord([adds.s(1, [2, 3]), add.s(4, 0)], list.s()))).toBe("[1,4,2,3]");
    const stored = world.history.findIndex((line) => line.endsWith(" after put F1.0.0"));
    const begun = world.history.findIndex((line) => line.includes("F1.0.0+"));
    expect(begun, world.history.join("\n")).toBeGreaterThan(stored);
  }
});
