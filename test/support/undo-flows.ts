import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import type { Tasks } from "./simulation.ts";

/** A flow with steps that can be undone. */
export interface UndoFlow {
  readonly name: string;
  readonly step: (tasks: Tasks) => AnyStep;
  /** The value, or the message of the failure. */
  readonly expected: unknown;
  /** The steps that are undone where nobody cancels, the first first; null where it depends on who was first. */
  readonly undone: readonly string[] | null;
  /** Those that cannot be. */
  readonly failed: readonly string[];
}

/** Small flows in which whatever may have to be undone is of every kind: for tests that break each of them everywhere. */
export const UNDO_FLOWS: readonly UndoFlow[] = [
  {
    name: "a chain whose last step fails",
    step: ({ take, giveBack, boom }) =>
      chain(take.s(1).compensate(giveBack.s()), take.s().compensate(giveBack.s()), boom.s()),
    expected: "boom 100",
    undone: ["F1.1", "F1.0"],
    failed: [],
  },
  {
    name: "a chain that succeeds",
    step: ({ take, giveBack, inc }) =>
      chain(take.s(1).compensate(giveBack.s()), inc.s(), take.s().compensate(giveBack.s())),
    expected: 110,
    undone: [],
    failed: [],
  },
  {
    name: "a chain with a failing step before others that would have been undone",
    step: ({ take, giveBack, boom, inc }) =>
      chain(take.s(1).compensate(giveBack.s()), boom.s(), take.s().compensate(giveBack.s()), inc.s()),
    expected: "boom 10",
    undone: ["F1.0"],
    failed: [],
  },
  {
    name: "a chord with a failing member and a tail",
    step: ({ take, giveBack, boom, sum }) =>
      chord(
        [take.s(1).compensate(giveBack.s()), boom.s(7), take.s(2).compensate(giveBack.s())],
        sum.s(),
      ).pipe(take.s().compensate(giveBack.s())),
    expected: "boom 7",
    undone: ["F1.0.2", "F1.0.0"],
    failed: [],
  },
  {
    name: "a group whose failing members nothing follows, in a chain",
    step: ({ take, giveBack, boom, inc }) =>
      chain(
        take.s(1).compensate(giveBack.s()),
        group([chain(inc.s(), take.s().compensate(giveBack.s())), boom.s()]),
      ),
    expected: "boom 10",
    undone: ["F1.1.0", "F1.0"],
    failed: [],
  },
  {
    name: "a race, a loser of which has succeeded too",
    step: ({ take, giveBack, boom }) =>
      group([take.s(1).compensate(giveBack.s()), take.s(1).compensate(giveBack.s()), boom.s(1)], "any").pipe(
        boom.s(),
      ),
    expected: "boom 10",
    undone: null,
    failed: [],
  },
  {
    name: "a body that is tried again",
    step: ({ strain, giveBack, boom, take }) =>
      chord([take.s(1).compensate(giveBack.s())], strain.si(2, 1).compensate(giveBack.s())).pipe(boom.s()),
    expected: "boom 20",
    undone: ["F1.1", "F1.0.0"],
    failed: [],
  },
  {
    name: "undos that fail, are tried again, and are given up",
    step: ({ take, giveBack, keepAll, tryBack, boom }) =>
      chain(
        take.s(1).compensate(giveBack.s()),
        take.s().compensate(tryBack.s(9)),
        take.s().compensate(tryBack.s(1)),
        take.s().compensate(keepAll.s()),
        boom.s(),
      ),
    expected: "boom 10000",
    undone: ["F1.2", "F1.0"],
    failed: ["F1.3", "F1.1"],
  },
  {
    name: "an each between steps that can be undone",
    step: ({ take, giveBack, numbers, boom, list }) =>
      chain(take.s(1).compensate(giveBack.s()), numbers.si([1, 2]).pipe(each(boom.s())), list.s()),
    expected: "boom 1",
    undone: ["F1.0"],
    failed: [],
  },
  {
    name: "a last step whose place is taken by others, one of which fails",
    step: ({ take, giveBack, swap }) => chain(take.s(1).compensate(giveBack.s()), swap.s("failingChord")),
    expected: "boom 10",
    undone: ["F1.0"],
    failed: [],
  },
  {
    name: "an exclusive step",
    step: ({ take, giveBack, boom }) =>
      chain(take.s(1).set({ exclusive: true }).compensate(giveBack.s()), boom.s()),
    expected: "boom 10",
    undone: ["F1.0"],
    failed: [],
  },
];
