import { describe, expectTypeOf, test } from "vitest";
import type { Step } from "./step.ts";
import type { Task } from "./task.ts";

declare const mul: Task<[x: number, y: number], number>;
declare const mail: Task<[to: string, subject: string, body?: string], null>;
declare const sum: Task<[xs: readonly number[]], number>;
declare const now: Task<[], Date>;
declare const concat: Task<string[], string>;
declare const pick: Task<[kind: "a" | "b", at: readonly [number, number]], string>;

describe("a call needs in front", () => {
  test("what it has not bound, under its name", () => {
    expectTypeOf(mul.s()).toEqualTypeOf<Step<[x: number, y: number], number>>();
    expectTypeOf(mul.s(8)).toEqualTypeOf<Step<[x: number], number>>();
    expectTypeOf(mul.s(2, 8)).toEqualTypeOf<Step<[], number>>();
    expectTypeOf(now.s()).toEqualTypeOf<Step<[], Date>>();
  });

  test("nothing that matters, when it is immutable", () => {
    expectTypeOf(mul.si(2, 8)).toEqualTypeOf<Step<[ignored?: unknown], number>>();
  });

  test("any of its arguments, where they are a rest", () => {
    expectTypeOf(concat.s("a", "b")).toEqualTypeOf<Step<string[], string>>();
  });
});

describe("a call takes", () => {
  test("its last arguments, each of its type", () => {
    mail.s("Hello", "body");
    // @ts-expect-error [ts2345] -- the last argument of mul is a number
    mul.s("8");
    // @ts-expect-error [ts2345] -- it has two arguments
    mul.s(1, 2, 3);
    // @ts-expect-error [ts2345] -- of three bound arguments the first is text
    mail.s(1, "subject", "body");
  });

  test("all of them, when it is immutable", () => {
    mail.si("a@b", "Hello");
    // @ts-expect-error [ts2554] -- one is missing
    mul.si(1);
    // @ts-expect-error [ts2554] -- there is one too many
    mul.si(1, 2, 3);
  });

  test("literals, tuples and lists as they stand", () => {
    expectTypeOf(pick.s([1, 2])).toEqualTypeOf<Step<[kind: "a" | "b"], string>>();
    expectTypeOf(pick.s("a", [1, 2])).toEqualTypeOf<Step<[], string>>();
    expectTypeOf(sum.s([1, 2, 3])).toEqualTypeOf<Step<[], number>>();
    // @ts-expect-error [ts2345] -- there is no "c"
    pick.s("c", [1, 2]);
  });
});
