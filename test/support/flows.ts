import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import type { Tasks } from "./simulation.ts";

/** A flow, what it must come to, and the ids of its joins' bodies. */
export interface KnownFlow {
  readonly name: string;
  readonly step: (tasks: Tasks) => AnyStep;
  /** The value, or the message of the failure. */
  readonly expected: unknown;
  readonly bodies: readonly string[];
  /** The ids of the tasks that are tried more often than once, and how often. */
  readonly attempts?: Readonly<Record<string, number>>;
}

/** Small flows that between them have every kind of effect: for tests that break each of them everywhere. */
export const FLOWS: readonly KnownFlow[] = [
  {
    name: "a chain",
    step: ({ add, inc }) => chain(add.s(4, 4)).pipe(inc.s()).pipe(add.s(10)),
    expected: 19,
    bodies: [],
  },
  {
    name: "a chord",
    step: ({ add, list }) => chord([add.s(0, 1), add.s(1, 1), add.s(1, 2)], list.s()),
    expected: "[1,2,3]",
    bodies: ["F1"],
  },
  {
    name: "a chord of chains with a tail, in which a chord is nested",
    step: ({ add, inc, sum, list }) =>
      group([chain(add.s(1, 1)).pipe(inc.s()), chord([add.s(2, 2), add.s(3, 3)], sum.s())])
        .pipe(list.s())
        .pipe(list.si(["end"])),
    expected: '["end"]',
    bodies: ["F1.1", "F1.0.1"],
  },
  {
    name: "a chain into a group into a group",
    step: ({ add, inc, sum }) =>
      chain(add.s(0, 1))
        .pipe(group([inc.s(), inc.s()]))
        .pipe(group([sum.s(), sum.s()]))
        .pipe(sum.s()),
    expected: 8,
    bodies: ["F1.2", "F1"],
  },
  {
    name: "a group of groups in a chord",
    step: ({ add, list }) => group([group([add.s(1, 0), add.s(2, 0)]), group([add.s(3, 0)])]).pipe(list.s()),
    expected: "[[1,2],[3]]",
    bodies: ["F1", "F1.0.0", "F1.0.1"],
  },
  {
    name: "a step for each element of a list",
    step: ({ add, numbers, inc, sum }) =>
      numbers
        .s([1, 2, 3])
        .pipe(each(chain(add.s(1), inc.s())))
        .pipe(sum.s()),
    expected: 12,
    bodies: ["F1"],
  },
  {
    name: "a group into each, with a failing element, in a chord",
    step: ({ add, boom, list }) =>
      group([group([add.s(1, 1), add.s(1, 2)]).pipe(each(boom.s())), add.s(1, 1)]).pipe(list.s()),
    expected: "boom 2",
    bodies: ["F1"],
  },
  {
    name: "each over an empty list, and each of lists",
    step: ({ lists, add, sum, list }) =>
      lists
        .s([[], [1, 2]])
        .pipe(each(each(add.s(1)).pipe(sum.s())))
        .pipe(list.s()),
    expected: "[0,5]",
    bodies: ["F1"],
  },
  {
    name: "a group of which any counts",
    step: ({ add, boom, inc }) => group([boom.s(1), add.s(1, 1), boom.s(2)], "any").pipe(inc.s()),
    expected: 3,
    bodies: ["F1"],
  },
  {
    name: "a group of which none of any counts, in a chord",
    step: ({ add, boom, sum }) => group([group([boom.s(1)], "any"), add.s(1, 1)]).pipe(sum.s()),
    expected: "boom 1",
    bodies: ["F1.0.0"],
  },
  {
    name: "a race whose members are chains and a chord",
    step: ({ add, inc, sum }) =>
      group([chain(add.s(1, 1), inc.s()), chord([add.s(1, 0), add.s(2, 0)], sum.s())], "race").pipe(inc.s()),
    expected: 4,
    bodies: ["F1"],
  },
  {
    name: "a quorum",
    step: ({ add, boom, list }) => group([add.s(0, 1), boom.s(1), add.s(1, 0)], { quorum: 2 }).pipe(list.s()),
    expected: "[1,1]",
    bodies: ["F1"],
  },
  {
    name: "a quorum that is out of reach",
    step: ({ add, boom, list }) => group([add.s(0, 1), boom.s(1), boom.s(1)], { quorum: 2 }).pipe(list.s()),
    expected: "boom 1",
    bodies: ["F1"],
  },
  {
    name: "a group that is settled",
    step: ({ add, boom, list }) => group([add.s(0, 1), boom.s(1)], "settled").pipe(list.s()),
    expected:
      '[{"status":"fulfilled","value":1},{"status":"rejected","reason":{"name":"RangeError","message":"boom 1","code":null,"task":"boom","id":"F1.0.1"}}]',
    bodies: ["F1"],
  },
  {
    name: "a chord with a failing member and a tail",
    step: ({ add, boom, sum, inc }) => chord([add.s(1, 1), boom.s(7)], sum.s()).pipe(inc.s()),
    expected: "boom 7",
    bodies: ["F1.1"],
  },
  {
    name: "a failing chain in a nested group in a chord",
    step: ({ add, boom, inc, sum }) =>
      group([
        chain(boom.s(1))
          .pipe(inc.s())
          .pipe(group([inc.s(), inc.s()]))
          .pipe(sum.s()),
        add.s(1, 1),
      ]).pipe(sum.s()),
    expected: "boom 1",
    bodies: ["F1"],
  },
  {
    name: "a chain of steps that are tried again",
    step: ({ add, flaky, shaky }) => chain(add.s(1, 1)).pipe(flaky.s(2)).pipe(shaky.s(1)).pipe(add.s(1)),
    expected: 3,
    bodies: [],
    attempts: { "F1.1": 3, "F1.2": 2 },
  },
  {
    name: "a chord whose members and whose body are tried again, with a tail",
    step: ({ add, flaky, inc }) =>
      chord([flaky.s(1, 1), add.s(2, 2), flaky.s(3, 1)], flaky.s(2)).pipe(inc.s()),
    expected: 9,
    bodies: ["F1.1"],
    attempts: { "F1.0.0": 2, "F1.0.2": 2, "F1.1": 3 },
  },
  {
    name: "a member that is given up in a chord",
    step: ({ add, shaky, sum, inc }) => chord([shaky.s(1, 9), add.s(1, 1)], sum.s()).pipe(inc.s()),
    expected: "shaky was given up after 3 attempts; the last one failed with RangeError: shaky 2",
    bodies: ["F1.1"],
    attempts: { "F1.0.0": 3 },
  },
  {
    name: "a body that is given up, in a chord",
    step: ({ add, shaky, sum }) => chord([chord([add.s(1, 1)], shaky.s(9)), add.s(1, 1)], sum.s()),
    expected: "shaky was given up after 3 attempts; the last one failed with RangeError: shaky 2",
    bodies: ["F1", "F1.0.0"],
    attempts: { "F1.0.0": 3 },
  },
  {
    name: "a chord whose members add to it",
    step: ({ add, adds, inc, list, same }) =>
      chord([adds.s(7, [1, 2]), add.s(1, 1), chain(inc.s(2), adds.s([{ chord: [4, 5] }]))], list.s()).pipe(
        same.s(),
      ),
    expected: "[7,2,3,1,2,9]",
    bodies: ["F1.1"],
  },
  {
    name: "a chord whose body adds to the chord outside, and what is added adds again",
    step: ({ add, adds, sum, list }) =>
      chord(
        [chord([add.s(1, 1)], sum.s()).pipe(adds.s([{ value: 3, adds: [4, 5] }, 6])), add.s(2, 2)],
        list.s(),
      ),
    expected: "[2,4,3,4,5,6]",
    bodies: ["F1", "F1.0.0.1"],
  },
  {
    name: "a settled group to which a failing step is added, in each",
    step: ({ numbers, adds, list }) =>
      numbers
        .s([1])
        .pipe(each(adds.s([{ boom: 9 }]), { policy: "settled" }))
        .pipe(list.s()),
    expected:
      '[{"status":"fulfilled","value":1},{"status":"rejected","reason":{"name":"RangeError","message":"boom 9","code":null,"task":"boom","id":"F1.1.0+.0"}}]',
    bodies: ["F1"],
  },
  {
    name: "a chord to which a failing step is added, with a tail",
    step: ({ add, adds, sum, inc }) =>
      chord([adds.s(1, [{ boom: 3 }, 4]), add.s(1, 1)], sum.s()).pipe(inc.s()),
    expected: "boom 3",
    bodies: ["F1.1"],
  },
  {
    name: "a chord with a member whose place is taken by a call that adds to it",
    step: ({ add, swap, adds, list }) =>
      chord([chain(add.s(1, 1)).pipe(swap.s("adding")), adds.s(5, [{ value: 6, adds: [7] }])], list.s()),
    expected: "[2,5,3,6,7]",
    bodies: ["F1"],
  },
  {
    name: "a chain of steps that others take the place of, with a tail",
    step: ({ add, swap, inc }) => chain(add.s(1, 1)).pipe(swap.s("call")).pipe(swap.s("chord")).pipe(inc.s()),
    expected: 9,
    bodies: ["F1.2~1"],
  },
  {
    name: "a chord whose members and whose body have their places taken, with a tail",
    step: ({ add, swap, inc }) =>
      chord([swap.s(1, "chain"), swap.s(2, "group"), add.s(1, 1)], swap.s("chord")).pipe(inc.s()),
    expected: 25,
    bodies: ["F1.1", "F1.1~1", "F1.0.1~1"],
  },
  {
    name: "steps whose takers have their places taken, or are tried again, or have claims",
    step: ({ swap, list }) =>
      group([swap.s(1, "again"), swap.s(1, "within"), swap.s(1, "exclusive"), swap.s(1, "flaky")]).pipe(
        list.s(),
      ),
    expected: "[4,5,2,1]",
    bodies: ["F1", "F1.0.0~2"],
  },
  {
    name: "steps that fail in the place of a member, in a nested chord with a tail",
    step: ({ add, swap, sum, inc, list }) =>
      group([
        chord([swap.s(1, "failingChain"), add.s(1, 1)], sum.s()).pipe(inc.s()),
        swap.s(1, "nested"),
      ]).pipe(list.s()),
    expected: "boom 2",
    bodies: ["F1"],
  },
  {
    name: "steps that fail in the place of a body, in a chord",
    step: ({ add, swap, list }) =>
      group([chord([add.s(1, 1)], swap.s("failingChord")), add.s(1, 1)]).pipe(list.s()),
    expected: "boom 2",
    bodies: ["F1", "F1.0.0"],
  },
  {
    name: "an empty chord",
    step: ({ list }) => chord([], list.s()),
    expected: "[]",
    bodies: ["F1"],
  },
];
