import { expectTypeOf, test } from "vitest";
import type { Task } from "@umbel/core";
import type { TaskContext } from "./registry.ts";
import { Umbel } from "./umbel.ts";

const app = new Umbel("types");

test("a task has the parameters and the result of its handler", () => {
  expectTypeOf(app.task("a", (x: number, y: string) => `${x}${y}`)).toEqualTypeOf<
    Task<[x: number, y: string], string>
  >();
  expectTypeOf(app.task("b", { queue: "q" }, async (x: number) => x > 1)).toEqualTypeOf<
    Task<[x: number], boolean>
  >();
});

test("a default value keeps its parameter's type", () => {
  const greet = app.task("greet", (name: string, greeting = "Hi") => `${greeting} ${name}`);
  expectTypeOf(greet).toEqualTypeOf<Task<[name: string, greeting?: string | undefined], string>>();
  // @ts-expect-error [ts2345] -- a number is no greeting
  greet.s("Ann", 5);
});

test("a bound task's context is not one of its parameters", () => {
  const bound = app.task("c", { bind: true }, (context: TaskContext, x: number) => context.id + x);
  expectTypeOf(bound).toEqualTypeOf<Task<[x: number], string>>();
});

test("a task that runs elsewhere has the type that it is given", () => {
  expectTypeOf(app.task<(x: number) => Date>("d")).toEqualTypeOf<Task<[x: number], Date>>();
});
