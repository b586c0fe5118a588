import { expectTypeOf, test } from "vitest";
import type { Chunks } from "./over-items.ts";
import type { Step } from "./step.ts";
import type { Task } from "./task.ts";

declare const inc: Task<[x: number, by?: number], number>;
declare const add: Task<[x: number, y: number], number>;

test("map takes the one argument that a task needs", () => {
  expectTypeOf(inc.map([1, 2])).toEqualTypeOf<Step<[ignored?: unknown], number[]>>();
  // @ts-expect-error [ts2322] -- text is no number
  inc.map(["1"]);
  // @ts-expect-error [ts2322] -- add needs two: starmap
  add.map([1]);
});

test("starmap and chunks take lists of arguments", () => {
  expectTypeOf(add.starmap([[1, 2]])).toEqualTypeOf<Step<[ignored?: unknown], number[]>>();
  expectTypeOf(add.chunks([[1, 2]], 10)).toEqualTypeOf<Chunks<number>>();
  expectTypeOf(add.chunks([[1, 2]], 10).group()).toExtend<Step<[ignored?: unknown], number[][]>>();
  expectTypeOf(inc.starmap([[1], [1, 2]])).toEqualTypeOf<Step<[ignored?: unknown], number[]>>();
  // @ts-expect-error [ts2322] -- one argument is missing
  add.starmap([[1]]);
});
