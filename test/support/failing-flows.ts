import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import type { Tasks } from "./simulated-tasks.ts";

/** Flows that fail, each with the id of its handler. */
export const FAILING_FLOWS: readonly (readonly [
  name: string,
  step: (tasks: Tasks) => AnyStep,
  handler: string,
])[] = [
  ["a call", ({ boom, same }) => boom.s(1).onFailure(same.s()), "F1+failure.0"],
  [
    "a step in a chain",
    ({ add, boom, inc, same }) => chain(add.s(1, 1), boom.si(1), inc.s()).onFailure(same.s()),
    "F1.1+failure.0",
  ],
  [
    "a body, by its members",
    ({ add, boom, sum, same }) => chord([boom.s(1), add.s(1, 1), boom.s(2)], sum.s()).onFailure(same.s()),
    "F1+error.0",
  ],
  ["a group", ({ boom, same }) => group([boom.s(1), boom.s(2)]).onFailure(same.s()), "F1+error.0"],
  [
    "a group that something follows",
    ({ add, boom, sum, same }) =>
      group([boom.s(1), add.s(1, 1)])
        .onFailure(same.s())
        .pipe(sum.s()),
    "F1.1+error.0",
  ],
  [
    "an `each` that cannot begin",
    ({ numbers, inc, same }) =>
      numbers
        .s([])
        .pipe(each(inc.s(), { policy: "any" }))
        .onFailure(same.s()),
    "F1+error.0",
  ],
  [
    "a race that is lost",
    ({ boom, same }) => group([boom.s(1), boom.s(2)], "any").onFailure(same.s()),
    "F1+error.0",
  ],
];
