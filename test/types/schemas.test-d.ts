import type { Step, Task } from "@umbel/core";
import type { TaskContext, Umbel } from "@umbel/runtime";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";

declare const app: Umbel;

const ZOD = {
  address: z.email(),
  date: z.date(),
  number: z.string().transform(Number),
  times: z.number().default(2),
};
const VALIBOT = {
  address: v.pipe(v.string(), v.email()),
  date: v.date(),
  number: v.pipe(v.string(), v.transform(Number)),
  times: v.optional(v.number(), 2),
};
const ARKTYPE = {
  address: type("string.email"),
  date: type("Date"),
  number: type("string").pipe(Number),
  times: type("number | undefined").pipe((times) => times ?? 2),
};

describe("callers pass what the schemas take, under the names of the handler's parameters, with schemas of", () => {
  test("zod", () => {
    const { address, date, number, times } = ZOD;
    const one = app.task("one", { input: z.object({ to: address, at: date }) }, (mail) => mail.at.getTime());
    expectTypeOf(one).toEqualTypeOf<Task<[mail: { to: string; at: Date }], number>>();
    const two = app.task("two", { input: [number, times] }, (x, y) => x * y);
    expectTypeOf(two).toEqualTypeOf<Task<[x: string, y?: number], number>>();
  });

  test("valibot", () => {
    const { address, date, number, times } = VALIBOT;
    const one = app.task("one", { input: v.object({ to: address, at: date }) }, (mail) => mail.at.getTime());
    expectTypeOf(one).toEqualTypeOf<Task<[mail: { to: string; at: Date }], number>>();
    const two = app.task("two", { input: [number, times] }, (x, y) => x * y);
    expectTypeOf(two).toEqualTypeOf<Task<[x: string, y?: number], number>>();
  });

  test("arktype", () => {
    const { address, date, number, times } = ARKTYPE;
    const one = app.task("one", { input: type({ to: address, at: date }) }, (mail) => mail.at.getTime());
    expectTypeOf(one).toEqualTypeOf<Task<[mail: { to: string; at: Date }], number>>();
    const two = app.task("two", { input: [number, times] }, (x, y) => x * y);
    expectTypeOf(two).toEqualTypeOf<Task<[x: string, y?: number], number>>();
  });
});

describe("the handler gets", () => {
  test("what the schemas make of the arguments", () => {
    app.task("mixed", { input: [ZOD.number, ARKTYPE.date, VALIBOT.times] }, (x, at, y) => {
      expectTypeOf({ x, y, at }).toEqualTypeOf<{ x: number; y: number; at: Date }>();
    });
  });

  test("a context in front, where it asks for one", () => {
    const task = app.task("bound", { bind: true, input: ZOD.times }, (context, times) => {
      expectTypeOf(context).toEqualTypeOf<TaskContext>();
      return times;
    });
    expectTypeOf(task).toEqualTypeOf<Task<[times?: number], number>>();
  });

  test("nothing that it does not ask for", () => {
    const task = app.task("deaf", { input: [z.string(), z.number()] }, () => 5);
    expectTypeOf(task).toEqualTypeOf<Task<[string, number], number>>();
    const first = app.task("first", { input: [z.string(), z.number()] }, (text) => text);
    expectTypeOf(first).toEqualTypeOf<Task<[text: string, number], string>>();
  });

  test("nothing else than the schemas give", () => {
    // @ts-expect-error [ts2345] -- the schema gives text
    app.task("wrong", { input: z.string() }, (x: number) => x);
    // @ts-expect-error [ts2345] -- there is no second schema
    app.task("more", { input: [z.string()] }, (x: string, y: number) => x.length + y);
  });
});

describe("what flows on is", () => {
  test("what the schema makes of the result", () => {
    const parse = app.task("parse", { output: ZOD.number }, (x: boolean) => `${x}`);
    expectTypeOf(parse).toEqualTypeOf<Task<[x: boolean], number>>();
    const log = app.task("log", { output: z.undefined() }, (_line: string) => undefined);
    expectTypeOf(log).toEqualTypeOf<Task<[_line: string], null>>();
    const read = app.task("read", { output: z.instanceof(Buffer) }, async (path: string) =>
      Buffer.from(path),
    );
    expectTypeOf(read).toEqualTypeOf<Task<[path: string], Uint8Array>>();
  });

  test("what the handler returns, where there is no schema for it", () => {
    const task = app.task("plain", { input: z.string(), queue: "q" }, async (text) => [text]);
    expectTypeOf(task).toEqualTypeOf<Task<[text: string], string[]>>();
    expectTypeOf(task.s("a")).toEqualTypeOf<Step<[], string[]>>();
  });

  test("nothing that the schema does not take", () => {
    app.task("either", { output: z.enum(["a", "b"]) }, () => "a");
    app.task("later", { output: z.enum(["a", "b"]) }, async () => "a" as const);
    // @ts-expect-error [ts2322] -- the schema takes text
    app.task("wrong", { output: z.string() }, () => 5);
    // @ts-expect-error [ts2345] -- the same, later
    app.task("late", { output: z.string() }, async (x: number) => x);
  });
});

describe("a schema of what does not travel is refused", () => {
  test("for an argument, unless it makes it of what does", () => {
    // @ts-expect-error [ts2741] -- JSON has no maps
    app.task("map", { input: z.map(z.string(), z.number()) }, () => 5);
    app.task("big", { input: z.string().transform(BigInt) }, (x) => `${x * 2n}`);
    // @ts-expect-error [ts2741] -- what may be left out stands before what may not
    app.task("hole", { input: [z.string().optional(), z.string()] }, () => 5);
  });

  test("for a result", () => {
    // @ts-expect-error [ts2322] -- JSON has no big integers
    app.task("big", { output: z.bigint() }, () => 5n);
    app.task("text", { output: z.bigint().transform(String) }, () => 5n);
  });
});

test("a call is checked", () => {
  const send = app.task("send", { input: z.object({ to: z.email() }) }, ({ to }) => to);
  send.s({ to: "ann@example.org" });
  // @ts-expect-error [ts2322] -- an address is text
  send.s({ to: 5 });
  // @ts-expect-error [ts2345] -- there is no such field
  send.s({ too: "ann@example.org" });
});
