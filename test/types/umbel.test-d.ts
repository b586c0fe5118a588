import { chain, chord, group } from "@umbel/canvas";
import type { Step, Task } from "@umbel/core";
import type { TaskContext } from "@umbel/runtime";
import { Umbel } from "@umbel/runtime";
import { describe, expectTypeOf, test } from "vitest";

declare const app: Umbel;

describe("a task that is defined has the types of its handler:", () => {
  test("its parameters, with their names, and its result", () => {
    const add = app.task("add", (x: number, y: number) => x + y);
    expectTypeOf(add).toEqualTypeOf<Task<[x: number, y: number], number>>();
  });

  test("its result awaited, and nothing as null", () => {
    const fetchText = app.task("fetch", async (url: string) => `text of ${url}`);
    expectTypeOf(fetchText).toEqualTypeOf<Task<[url: string], string>>();
    expectTypeOf(app.task("log", (_line: string) => {})).toEqualTypeOf<Task<[_line: string], null>>();
    expectTypeOf(app.task("later", async () => {})).toEqualTypeOf<Task<[], null>>();
    expectTypeOf(app.task("find", (id: string): string | undefined => id)).toEqualTypeOf<
      Task<[id: string], string | null>
    >();
  });

  test("optional parameters", async () => {
    const greet = app.task("greet", (name: string, greeting?: string) => `${greeting ?? "Hello"}, ${name}`);
    expectTypeOf(greet.s("Ann", "Hi")).toEqualTypeOf<Step<[], string>>();
    // @ts-expect-error [ts2345] -- a greeting is text
    greet.s("Ann", 5);
    expectTypeOf(await greet.s("Ann").apply().get()).toEqualTypeOf<string>();
    expectTypeOf(await greet.s().apply("Ann", "Hi").get()).toEqualTypeOf<string>();
  });

  test("a rest of parameters", () => {
    const join = app.task("join", (...words: string[]) => words.join(" "));
    expectTypeOf(join.s("a", "b")).toEqualTypeOf<Step<string[], string>>();
  });

  test("without the context, where it is bound", () => {
    const ping = app.task("ping", { bind: true }, (context: TaskContext, times: number) =>
      context.id.repeat(times),
    );
    expectTypeOf(ping).toEqualTypeOf<Task<[times: number], string>>();
  });

  test("with options", () => {
    const add = app.task("add", { queue: "math", priority: 5 }, (x: number, y: number) => x + y);
    expectTypeOf(add).toEqualTypeOf<Task<[x: number, y: number], number>>();
  });

  test("those it is said to have, where it runs elsewhere", () => {
    const resize = app.task<(path: string, width: number) => Promise<string>>("images.resize");
    expectTypeOf(resize).toEqualTypeOf<Task<[path: string, width: number], string>>();
  });
});

test("a flow of everything has a typed result", async () => {
  const add = app.task("add", (x: number, y: number) => x + y);
  const sum = app.task("sum", (xs: number[]) => xs.reduce((a, b) => a + b, 0));
  const show = app.task("show", async (x: number) => `${x}`);
  const flow = chain(add.s(4, 4))
    .pipe(group([add.s(1), chord([add.s(2), add.s(3)], sum.s())]))
    .pipe(sum.s())
    .pipe(group([show.s(), add.s(1)]));
  expectTypeOf(flow).toEqualTypeOf<Step<[], [string, number]>>();
  expectTypeOf(await flow.apply().get({ timeoutMs: 1000 })).toEqualTypeOf<[string, number]>();
  expectTypeOf(
    await chord(
      [1, 2].map((i) => add.s(i, i)),
      sum.s(),
    )
      .apply()
      .get(),
  ).toEqualTypeOf<number>();
});
