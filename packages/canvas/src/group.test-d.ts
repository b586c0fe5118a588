import type { AsyncResult, Policy, Settled, Step, Task } from "@umbel/core";
import { describe, expectTypeOf, test } from "vitest";
import { chain } from "./chain.ts";
import { group } from "./group.ts";

declare const add: Task<[x: number, y: number], number>;
declare const show: Task<[x: number], string>;
declare const length: Task<[text: string], number>;
declare const sum: Task<[xs: readonly number[]], number>;
declare const total: Task<[xs: number[]], number>;
declare const pair: Task<[both: readonly [number, string]], string>;
declare const tell: Task<[both: { readonly n: number; readonly text: string }], string>;
declare const count: Task<[results: readonly Settled<number>[]], number>;
declare const policy: Policy;
declare const log: Task<[entry: unknown], null>;

describe("a group gives", () => {
  test("a tuple of its members' results, in their order", () => {
    expectTypeOf(group([add.s(1, 1), show.s(2)])).toEqualTypeOf<Step<[], [number, string]>>();
    expectTypeOf(group([add.s(1, 1)])).toEqualTypeOf<Step<[], [number]>>();
    expectTypeOf(group([group([add.s(1, 1)]), chain(add.s(1, 1), show.s())])).toEqualTypeOf<
      Step<[], [[number], string]>
    >();
    expectTypeOf(group([log.s(1)])).toEqualTypeOf<Step<[], [null]>>();
  });

  test("a list, where the members are a list", () => {
    const members = [1, 2, 3].map((i) => add.s(i, i));
    expectTypeOf(group(members)).toEqualTypeOf<Step<[], number[]>>();
    expectTypeOf(group(members as readonly Step<[], number>[])).toEqualTypeOf<Step<[], number[]>>();
    expectTypeOf(group([add.s(0, 0), ...members])).toEqualTypeOf<Step<[], [number, ...number[]]>>();
  });

  test("a list of either, where the members are of two kinds", () => {
    const members = [1, 2].map((i) => (i === 1 ? add.s(i, i) : show.s(i)));
    expectTypeOf(group(members)).toEqualTypeOf<Step<[], (number | string)[]>>();
  });

  test("a record, where the members are a record", () => {
    const step = group({ sum: add.s(1, 1), text: show.s(2) });
    expectTypeOf(step).toEqualTypeOf<Step<[], { sum: number; text: string }>>();
    const many: Record<string, Step<[], number>> = {};
    expectTypeOf(group(many)).toEqualTypeOf<Step<[], { [key: string]: number }>>();
    expectTypeOf(group({ inner: step })).toEqualTypeOf<Step<[], { inner: { sum: number; text: string } }>>();
  });

  test("a list, where the members are of any iterable", () => {
    expectTypeOf(group(new Set([add.s(1, 1)]))).toEqualTypeOf<Step<[], number[]>>();
    const made = (function* () {
      yield add.s(1, 1);
    })();
    expectTypeOf(group(made)).toEqualTypeOf<Step<[], number[]>>();
  });

  test("nothing, where there are none", () => {
    expectTypeOf(group([]).apply().get()).resolves.toEqualTypeOf<[]>();
    expectTypeOf(group({}).apply().get()).resolves.toEqualTypeOf<{}>();
    show.s(1).pipe(group([])).pipe(sum.s());
  });

  test("the same of a frozen tuple", () => {
    const members = [add.s(1, 1), show.s(2)] as const;
    expectTypeOf(group(members)).toEqualTypeOf<Step<[], [number, string]>>();
  });

  test("a typed result", async () => {
    const result = group([add.s(1, 1), show.s(2)]).apply();
    expectTypeOf(result).toEqualTypeOf<AsyncResult<[number, string]>>();
    expectTypeOf(await result.get()).toEqualTypeOf<[number, string]>();
  });
});

describe("a group of a policy gives", () => {
  const members = [add.s(1, 1), show.s(2)] as const;

  test("what its policy says", () => {
    expectTypeOf(group(members, "all")).toEqualTypeOf<Step<[], [number, string]>>();
    expectTypeOf(group(members, "settled")).toEqualTypeOf<Step<[], [Settled<number>, Settled<string>]>>();
    expectTypeOf(group({ a: add.s(1, 1) }, "settled")).toEqualTypeOf<Step<[], { a: Settled<number> }>>();
    expectTypeOf(group(members, "any")).toEqualTypeOf<Step<[], number | string>>();
    expectTypeOf(group(members, "race")).toEqualTypeOf<Step<[], number | string>>();
    expectTypeOf(group(members, { quorum: 1 })).toEqualTypeOf<Step<[], (number | string)[]>>();
    expectTypeOf(group({ a: add.s(1, 1), b: show.s(2) }, "any")).toEqualTypeOf<Step<[], number | string>>();
    expectTypeOf(group(members, policy).apply().get()).resolves.toEqualTypeOf<
      [number, string] | [Settled<number>, Settled<string>] | number | string | (number | string)[]
    >();
  });

  test("to a step that takes it", () => {
    group([add.s(1, 1), add.s(2, 2)], "settled").pipe(count.s());
    group(members, "any").pipe(log.s());
    // @ts-expect-error [ts2345] -- it may be text
    group(members, "any").pipe(show.s());
    // @ts-expect-error [ts2345] -- there is no such policy
    group(members, "most");
  });
});

describe("a group needs", () => {
  test("what each of its members needs", () => {
    const step = group([add.s(1), show.s(), add.si(2, 2), log.s()]);
    expectTypeOf(step).toExtend<Step<[x: number], [number, string, number, null]>>();
    expectTypeOf(step.apply(1)).toEqualTypeOf<AsyncResult<[number, string, number, null]>>();
    // @ts-expect-error [ts2345] -- they take a number
    step.apply("1");
    // @ts-expect-error [ts2345] -- they take something
    step.apply();
    show.s(1).pipe(group([length.s(), log.s()]));
    add.s(1, 1).pipe(group([add.s(1), add.si(2, 2), log.s()]));
  });

  test("what each member of a record needs", () => {
    add.s(1, 1).pipe(group({ a: add.s(1), b: show.s() }));
    // @ts-expect-error [ts2345] -- length takes text
    add.s(1, 1).pipe(group({ a: add.s(1), b: length.s() }));
  });

  test("a result that all of them take", () => {
    // @ts-expect-error [ts2345] -- length takes text
    add.s(1, 1).pipe(group([show.s(), length.s()]));
    // @ts-expect-error [ts2345] -- the second member takes nothing
    add.s(1, 1).pipe(group([show.s(), add.s(1, 2)]));
  });
});

describe("after a group", () => {
  test("comes a step that takes the list", () => {
    const many = group([1, 2].map((i) => add.s(i, i)));
    expectTypeOf(many.pipe(sum.s())).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(many.pipe(total.s())).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(group([add.s(1, 1), add.s(2, 2)]).pipe(sum.s())).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(group([add.s(1, 1), show.s(2)]).pipe(pair.s())).toEqualTypeOf<Step<[], string>>();
  });

  test("of a record comes one that takes the record", () => {
    const both = group({ n: add.s(1, 1), text: show.s(2) });
    expectTypeOf(both.pipe(tell.s())).toEqualTypeOf<Step<[], string>>();
    // @ts-expect-error [ts2345] -- the record has no text
    group({ n: add.s(1, 1) }).pipe(tell.s());
    // @ts-expect-error [ts2345] -- it takes a list
    both.pipe(sum.s());
  });

  test("comes no other", () => {
    // @ts-expect-error [ts2345] -- it takes one number, and gets a list
    group([add.s(1, 1)]).pipe(show.s());
    // @ts-expect-error [ts2345] -- the second is text
    group([add.s(1, 1), show.s(2)]).pipe(sum.s());
    // @ts-expect-error [ts2345] -- it takes a pair, and gets three
    group([add.s(1, 1), show.s(2), add.s(3, 3)]).pipe(pair.s());
  });
});
