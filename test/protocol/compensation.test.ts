import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, test } from "vitest";
import { UNDO_FLOWS } from "../support/undo-flows.ts";
import { checkUndoing, undoing } from "../support/undoing.ts";

describe.each(UNDO_FLOWS)("$name", (flow) => {
  test("is undone in any order of events", async () => {
    for (let seed = 1; seed <= 20; seed += 1) await checkUndoing(flow, await undoing(flow, { seed }));
  });

  test.each(["crash", "cut", "lose"] as const)(
    "is undone after a %s of a worker at any turn",
    async (kind) => {
      const { turns } = (await undoing(flow)).world.scheduler;
      for (let at = 1; at <= turns; at += 1)
        await checkUndoing(flow, await undoing(flow, { seed: at, fault: strikeAt(kind, at) }));
    },
  );

  test("is undone after a crash at any turn with its plan in pages", async () => {
    const pageSizes = { whole: 0, page: 1 };
    const { turns } = (await undoing(flow, { pageSizes })).world.scheduler;
    for (let at = 1; at <= turns; at += 1)
      await checkUndoing(flow, await undoing(flow, { seed: at, pageSizes, fault: strikeAt("crash", at) }));
  });

  test("is undone when it is cancelled at any turn", async () => {
    const { turns } = (await undoing(flow)).world.scheduler;
    for (let at = 1; at <= turns; at += 1) {
      for (let seed = 1; seed <= 2; seed += 1)
        await checkUndoing(flow, await undoing(flow, { seed, cancelAt: at }));
    }
  });

  test("is undone when whoever cancels it dies, is cut off or is not heard", async () => {
    const { turns } = (await undoing(flow)).world.scheduler;
    for (let at = 1; at <= turns; at += 5) {
      for (const [i, kind] of (["crash", "cut", "lose"] as const).entries()) {
        const fault = strikeCanceller(kind, 1 + ((at + i) % 14));
        await checkUndoing(flow, await undoing(flow, { seed: at, cancelAt: at, fault }));
      }
    }
  });

  test("is undone after faults at random", async () => {
    for (let seed = 1; seed <= 20; seed += 1)
      await checkUndoing(flow, await undoing(flow, { seed, fault: atRandom(seed) }));
  });
});

/** A fault at the nth turn of the worker that performs the cancel, from its first effect on. */
function strikeCanceller(kind: Fault, nth: number): (turn: Turn) => Fault | undefined {
  let [actor, turns] = ["", 0];
  return (turn) => {
    if (actor === "" && turn.label === "cancel F1" && turn.actor !== "client") ({ actor } = turn);
    if (turn.actor !== actor || actor === "") return undefined;
    turns += 1;
    return turns === nth ? kind : undefined;
  };
}

/** Three faults of a run. */
function atRandom(seed: number): (turn: Turn) => Fault | undefined {
  const left: Fault[] = ["crash", "cut", "lose"];
  return ({ actor, number }) => {
    const dice = (seed * 7919 + number * 104_729) % 17;
    return actor.startsWith("worker") && dice === 0 ? left.pop() : undefined;
  };
}

function strikeAt(kind: Fault, at: number): (turn: Turn) => Fault | undefined {
  return ({ number, actor }) => (number === at && actor.startsWith("worker") ? kind : undefined);
}
