import type { Step, Task } from "@umbel/core";
import { describe, expectTypeOf, test } from "vitest";
import { chain } from "./chain.ts";

declare const add: Task<[x: number, y: number], number>;
declare const show: Task<[x: number], string>;
declare const length: Task<[text: string], number>;

describe("a chain of steps", () => {
  test("needs what its first needs, and gives what its last gives", () => {
    expectTypeOf(chain(add.s(1, 2))).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(chain(add.s(2), show.s())).toEqualTypeOf<Step<[x: number], string>>();
    expectTypeOf(chain(add.s(1, 2), show.s(), length.s())).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(chain(add.s(1, 2), show.s(), length.s(), show.s())).toEqualTypeOf<Step<[], string>>();
    expectTypeOf(chain(add.s(1, 2)).pipe(show.s()).pipe(length.s()).pipe(add.s(1))).toEqualTypeOf<
      Step<[], number>
    >();
  });

  test("may be as long as one likes", () => {
    const flow = chain(
      add.s(1, 2),
      show.s(),
      length.s(),
      show.s(),
      length.s(),
      show.s(),
      length.s(),
      add.s(1),
    );
    expectTypeOf(flow).toEqualTypeOf<Step<[], number>>();
    // @ts-expect-error [ts2345] -- the seventh takes a number
    chain(add.s(1, 2), show.s(), length.s(), show.s(), length.s(), show.s(), show.s(), length.s());
  });

  test("of none gives what it gets, and of an array what its steps give", () => {
    expectTypeOf(chain<number>()).toEqualTypeOf<Step<[value?: number], number>>();
    const steps: Step<[x: number], number>[] = [];
    expectTypeOf(chain(...steps)).toEqualTypeOf<Step<[x: number], number>>();
    const mixed: Step<[x: number], string>[] = [];
    // @ts-expect-error [ts2345] -- the second would get text
    chain(...mixed);
  });

  test("refuses one that does not take the result before it, wherever it stands", () => {
    // @ts-expect-error [ts2345] -- show takes a number, length text
    chain(add.s(1, 2), length.s());
    // @ts-expect-error [ts2345] -- the third
    chain(add.s(1, 2), show.s(), show.s());
    // @ts-expect-error [ts2345] -- the fourth
    chain(add.s(1, 2), show.s(), length.s(), length.s());
  });
});
