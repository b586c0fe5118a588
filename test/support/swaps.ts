import { chain, chord, each, group } from "@umbel/canvas";
import type { Step } from "@umbel/core";
import type { Tasks } from "./simulation.ts";

export type Swap =
  | ("call" | "chain" | "chord" | "group" | "nested" | "each" | "exclusive" | "flaky" | "adding")
  | ("again" | "within" | "failing" | "failingChain" | "failingChord");

/** What may take the place of the task `swap`, by name; each gets the task's number. */
export const SWAPS: Readonly<Record<Swap, (tasks: Tasks, x: number) => Step<[], unknown>>> = {
  call: ({ add }, x) => add.s(x, 1),
  chain: ({ add, inc }, x) => chain(add.s(x, 1), inc.s()),
  chord: ({ add, inc, sum }, x) => chord([add.s(x, 1), inc.s(x)], sum.s()),
  group: ({ add, inc }, x) => group([add.s(x, 1), inc.s(x)]),
  nested: ({ add, sum, inc }, x) =>
    group([chord([add.s(x, 1), add.s(x, 2)], sum.s()), chain(add.s(x, 1), inc.s())]),
  each: ({ numbers, inc, sum }, x) =>
    numbers
      .s([x, x + 1])
      .pipe(each(inc.s()))
      .pipe(sum.s()),
  /** A call that has its place taken by a chord in turn. */
  again: ({ swap }, x) => swap.s(x, "chord"),
  /** Steps one of which has its place taken in turn. */
  within: ({ swap, inc }, x) => chain(swap.s(x, "chord"), inc.s()),
  exclusive: ({ add }, x) => add.s(x, 1).set({ exclusive: true }),
  flaky: ({ flaky }, x) => flaky.s(x, 1),
  /** A call that adds to the group that the task ends a member of. */
  adding: ({ adds }, x) => adds.s(x, [x + 1]),
  failing: ({ boom }, x) => boom.s(x),
  failingChain: ({ add, boom, inc }, x) => chain(add.s(x, 1), boom.s(), inc.s()),
  failingChord: ({ add, boom, sum }, x) => chord([add.s(x, 1), boom.s(x)], sum.s()),
};
