import { describe, expectTypeOf, test } from "vitest";
import type { Bindable, Remaining } from "./arguments.ts";

describe("what may be bound is the last arguments, from none to all:", () => {
  test("of required ones", () => {
    expectTypeOf<Bindable<[x: number, y: string]>>().toEqualTypeOf<
      [x: number, y: string] | [y: string] | []
    >();
    expectTypeOf<Bindable<[]>>().toEqualTypeOf<[]>();
  });

  test("of optional ones, each with or without it", () => {
    expectTypeOf<Bindable<[x: number, y?: string]>>().toEqualTypeOf<
      [x: number, y: string] | [y: string] | [] | [x: number]
    >();
    expectTypeOf<Bindable<[x?: number]>>().toEqualTypeOf<[x: number] | []>();
  });

  test("of a rest, any number", () => {
    expectTypeOf<Bindable<number[]>>().toEqualTypeOf<number[]>();
    expectTypeOf<Bindable<[x: string, ...xs: number[]]>>().toEqualTypeOf<[x: string, ...xs: number[]]>();
  });
});

describe("what is still needed is the first arguments, with their names:", () => {
  test("of required ones", () => {
    expectTypeOf<Remaining<[x: number, y: string], []>>().toEqualTypeOf<[x: number, y: string]>();
    expectTypeOf<Remaining<[x: number, y: string], [string]>>().toEqualTypeOf<[x: number]>();
    expectTypeOf<Remaining<[x: number, y: string], [number, string]>>().toEqualTypeOf<[]>();
    expectTypeOf<Remaining<[], []>>().toEqualTypeOf<[]>();
  });

  test("of optional ones, as many as the call can have in front", () => {
    expectTypeOf<Remaining<[x: number, y?: string], []>>().toEqualTypeOf<
      [x: number, y: string] | [x: number]
    >();
    expectTypeOf<Remaining<[x: number, y?: string], [string]>>().toEqualTypeOf<[x: number] | []>();
    expectTypeOf<Remaining<[x: number, y?: string], [number, string]>>().toEqualTypeOf<[]>();
  });

  test("of a rest, all", () => {
    expectTypeOf<Remaining<number[], [number]>>().toEqualTypeOf<number[]>();
  });
});
