import type { Step, Task } from "@umbel/core";
import { describe, expectTypeOf, test } from "vitest";
import { chain } from "./chain.ts";
import { chord } from "./chord.ts";

declare const add: Task<[x: number, y: number], number>;
declare const show: Task<[x: number], string>;
declare const sum: Task<[xs: readonly number[]], number>;
declare const scaled: Task<[xs: readonly number[], by: number], number>;
declare const pair: Task<[both: readonly [number, string]], string>;

describe("a chord", () => {
  test("gives what its body gives", () => {
    expectTypeOf(chord([add.s(1, 1), add.s(2, 2)], sum.s())).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(chord([add.s(1, 1), show.s(2)], pair.s())).toEqualTypeOf<Step<[], string>>();
    expectTypeOf(chord([add.s(1, 1)], chain(sum.s(), show.s()))).toEqualTypeOf<Step<[], string>>();
    expectTypeOf(chord([add.s(1, 1)], scaled.s(5))).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(chord([add.s(1, 1)], add.si(1, 2))).toEqualTypeOf<Step<[], number>>();
  });

  test("needs what its header needs", () => {
    expectTypeOf(chord([add.s(1), add.s(2)], sum.s())).toEqualTypeOf<Step<[x: number], number>>();
    add.s(1, 1).pipe(chord([add.s(1), add.s(2)], sum.s()));
  });

  test("may have any number of members, and none", () => {
    const members = [1, 2].map((i) => add.s(i, i));
    expectTypeOf(chord(members, sum.s())).toEqualTypeOf<Step<[], number>>();
    chord([], sum.s()).apply();
  });

  test("refuses a body that does not take the list", () => {
    // @ts-expect-error [ts2345] -- it takes one number
    chord([add.s(1, 1), add.s(2, 2)], show.s());
    // @ts-expect-error [ts2345] -- the second is text
    chord([add.s(1, 1), show.s(2)], sum.s());
    // @ts-expect-error [ts2345] -- `by` is missing
    chord([add.s(1, 1)], scaled.s());
  });
});
