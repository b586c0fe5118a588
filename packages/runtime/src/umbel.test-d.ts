import { describe, expectTypeOf, test } from "vitest";
import type { Step, Task } from "@umbel/core";
import { group } from "@umbel/canvas";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Acceptable, HandlerFor, TaskHandler } from "./handler.ts";
import type { TaskContext } from "./context.ts";
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

test("to ask for another attempt is no result", () => {
  const bind = { bind: true } as const;
  const maybe = app.task("r1", bind, (context, x: number) => (x > 0 ? x : context.retry()));
  expectTypeOf(maybe).toEqualTypeOf<Task<[x: number], number>>();
  const later = app.task("r2", bind, async (context, x: number) => (x > 0 ? [x] : context.retry()));
  expectTypeOf(later).toEqualTypeOf<Task<[x: number], number[]>>();
  const never = app.task("r3", bind, (context, x: number) => {
    throw context.retry({ countdownMs: x });
  });
  expectTypeOf(never).toEqualTypeOf<Task<[x: number], never>>();
  // @ts-expect-error [ts2769] -- a class by itself could be taken for a function that says which
  app.task("r4", { autoretryFor: TypeError }, () => 1);
});

test("what takes a task's place gives its result", () => {
  const bind = { bind: true } as const;
  const add = app.task("s0", (x: number, y: number) => x + y);
  const spread = app.task("s1", bind, (context, x: number) =>
    context.replace(group([add.s(x, 1), add.s(x, 2)])),
  );
  expectTypeOf(spread).toEqualTypeOf<Task<[x: number], [number, number]>>();
  const either = app.task("s2", bind, async (context, x: number) =>
    x > 0 ? "none" : context.replace(add.s(x, 1)),
  );
  expectTypeOf(either).toEqualTypeOf<Task<[x: number], "none" | number>>();
  const thrown = app.task("s3", bind, (context, x: number): number => {
    throw context.replace(add.s(x, 1));
  });
  expectTypeOf(thrown).toEqualTypeOf<Task<[x: number], number>>();
  type WithOutput<Output> = HandlerFor<true, undefined, StandardSchemaV1<Output>>;
  expectTypeOf((context: TaskContext) => context.replace(add.s(1, 1))).toExtend<WithOutput<number>>();
  expectTypeOf((context: TaskContext) => context.replace(add.s(1, 1))).not.toExtend<WithOutput<string>>();
  app.task("s6", bind, (context) => {
    // @ts-expect-error [ts2345] -- a number is still missing
    throw context.replace(add.s(1));
  });
});

test("to add to the group is no result, whatever the step gives", () => {
  const bind = { bind: true } as const;
  const add = app.task("g0", (x: number, y: number) => x + y);
  const show = app.task("g1", (x: number) => `${x}`);
  const adds = app.task("g2", bind, (context, x: number) => {
    expectTypeOf(context.addToChord(add.s(x, 1))).toEqualTypeOf<void>();
    context.addToChord(add.s(x, 1).pipe(show.s()));
    context.addToChord(group([add.s(x, 1), show.s(x)]));
    return x;
  });
  expectTypeOf(adds).toEqualTypeOf<Task<[x: number], number>>();
  app.task("g3", bind, (context, x: number) => {
    // @ts-expect-error [ts2345] -- it needs an input that nobody gives
    context.addToChord(add.s(x));
    // @ts-expect-error [ts2345] -- a task is no step: it takes its arguments first
    context.addToChord(add);
    // @ts-expect-error [ts2345] -- one step at a time
    context.addToChord([add.s(1, 2)]);
  });
});

test("a task that runs elsewhere has the type that it is given", () => {
  expectTypeOf(app.task<(x: number) => Date>("d")).toEqualTypeOf<Task<[x: number], Date>>();
});

test("a task of which nothing is known takes anything, and its result is unknown", () => {
  // oxlint-disable-next-line typescript/no-explicit-any -- that is the point
  expectTypeOf(app.task("e", { queue: "q" })).toEqualTypeOf<Task<any[], unknown>>();
});

test("a parameter that is undefined is left out", () => {
  const greet = app.task("greet", (name: string, greeting?: string, mark?: string) => name + greeting + mark);
  const maybe = [undefined, "Hi"][0];
  greet.si("Ann", maybe);
  // @ts-expect-error [ts2345] -- leave it out
  greet.s("Ann", undefined);
  // @ts-expect-error [ts2345] -- null is what arrives for nothing
  app.task("must", (name: string | undefined) => name ?? "");
});

describe("what does not travel is refused where the task is defined:", () => {
  test("a result", () => {
    // @ts-expect-error [ts2345] -- JSON has no big integers
    app.task("big", () => 5n);
    // @ts-expect-error [ts2345] -- nor has it maps
    app.task("map", { queue: "q" }, async () => new Map([["a", 1]]));
    // @ts-expect-error [ts2345] -- nor promises within
    app.task("later", () => [Promise.resolve(1)]);
  });

  test("a parameter", () => {
    // @ts-expect-error [ts2345] -- JSON has no maps
    app.task("map", (m: Map<string, number>) => m.size);
    // @ts-expect-error [ts2345] -- a Buffer arrives as a Uint8Array
    app.task("file", (_name: string, content: Buffer) => content.length);
    // @ts-expect-error [ts2345] -- the context is none of them, and may be what it is
    app.task("bound", { bind: true }, (_context: TaskContext, m: Map<string, number>) => m.size);
    app.task("bytes", (_name: string, content: Uint8Array) => content.length);
  });

  test("and a typing error in an option", () => {
    // @ts-expect-error [ts2561] -- there is no such option
    app.task("typo", { queu: "math" }, (x: number) => x);
  });
});

test("lists are lists, frozen or not", () => {
  const sum = app.task("sum", (xs: readonly number[]) => xs.length);
  expectTypeOf(sum.s([1, 2] as const)).toEqualTypeOf<Step<[], number>>();
  const all = app.task("all", (...xs: readonly number[]) => xs.length);
  expectTypeOf(all).toEqualTypeOf<Task<readonly number[], number>>();
  expectTypeOf(app.task("frozen", () => [1, 2] as const)).toEqualTypeOf<Task<[], readonly [1, 2]>>();
});

test("what one task returns another takes, also where a field may be undefined", () => {
  interface Entry {
    readonly id: string;
    readonly at: Date | undefined;
  }
  const load = app.task("load", (id: string): Entry => ({ id, at: undefined }));
  const save = app.task("save", (entries: readonly Entry[], _last?: Entry) => entries.length);
  const one = app.task("one", (entry: Entry) => entry.at?.getTime() ?? 0);
  load.s("a").pipe(one.s());
  expectTypeOf(load.s("a").apply().get()).resolves.toEqualTypeOf<{
    readonly id: string;
    readonly at?: Date | undefined;
  }>();
  save.s([{ id: "a" }, { id: "b", at: undefined }]);
});

test("unions come and go as they are", () => {
  const either = app.task("either", (x: number | Date | { readonly kind: "a" }) => (x ? x : null));
  either.s(5);
  either.s(new Date(5));
  expectTypeOf(either.s({ kind: "a" })).toEqualTypeOf<
    Step<[], number | Date | { readonly kind: "a" } | null>
  >();
});

describe("a handler with type parameters", () => {
  test("has what they extend for them, or unknown", () => {
    expectTypeOf(app.task("same", <T>(x: T) => x)).toEqualTypeOf<Task<[x: unknown], unknown>>();
    expectTypeOf(app.task("first", <T>(xs: readonly T[]) => xs[0])).toEqualTypeOf<
      Task<[xs: readonly unknown[]], unknown>
    >();
    expectTypeOf(app.task("list", <T extends string>(x: T, ys: T[]) => [...ys, x])).toEqualTypeOf<
      Task<[x: string, ys: string[]], string[]>
    >();
  });

  test("of a function around is not known to travel; a function around a handler says what it takes", () => {
    // @ts-expect-error [ts2345] -- T may be anything
    const around = <T>(handler: (x: T) => T) => app.task("around", handler);
    const define = <Handler extends TaskHandler>(name: string, handler: Acceptable<Handler>) =>
      app.task(name, handler);
    expectTypeOf(define("add", (x: number) => x + 1)).toEqualTypeOf<Task<[x: number], number>>();
    // @ts-expect-error [ts2345] -- it is refused there
    define("big", () => 5n);
    return around;
  });
});
