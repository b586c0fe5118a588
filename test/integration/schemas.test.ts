import { chain, group } from "@umbel/canvas";
import { TaskFailed } from "@umbel/core";
import { Umbel } from "@umbel/runtime";
import type { CheckedTaskOptions, Task } from "@umbel/runtime";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

/** The same three schemas of each library: an object, a number with a default value, a number from text. */
const LIBRARIES = {
  zod: {
    mail: z.object({ to: z.email(), at: z.date(), user: z.object({ tags: z.array(z.string()) }) }),
    times: z.number().default(2),
    parsed: z.string().transform(Number),
  },
  valibot: {
    mail: v.object({
      to: v.pipe(v.string(), v.email()),
      at: v.date(),
      user: v.object({ tags: v.array(v.string()) }),
    }),
    times: v.optional(v.number(), 2),
    parsed: v.pipe(v.string(), v.transform(Number)),
  },
  arktype: {
    mail: type({ to: "string.email", at: "Date", user: { tags: "string[]" } }),
    times: type("number | undefined").pipe((times) => times ?? 2),
    parsed: type("string").pipe(Number),
  },
};

const MAIL = { to: "ann@example.org", at: new Date(5), user: { tags: ["a"] } };

function memoryApp(): Umbel {
  const app = new Umbel("schemas");
  onTestFinished(() => app.close());
  return app;
}

/** What the promise was rejected with. */
async function failureOf(result: Promise<unknown>): Promise<TaskFailed> {
  const error: unknown = await result.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TaskFailed) return error;
  throw new Error("it did not fail");
}

describe.each(Object.entries(LIBRARIES))("with schemas of %s", (_, { mail, times, parsed }) => {
  test("a valid argument reaches the handler, dates and all", async () => {
    const send = memoryApp().task("mail.send", { input: mail }, ({ to, at }) => [to, at.getTime()]);
    expect(await send.s(MAIL).apply().get()).toEqual([MAIL.to, 5]);
  });

  test("an argument that is not valid fails the task, and the handler is not called", async () => {
    const called: unknown[] = [];
    const send = memoryApp().task("mail.send", { input: mail }, (each) => void called.push(each));
    const bad = { ...MAIL, user: { tags: ["a", 5 as unknown as string] } };
    const failure = await failureOf(send.s(bad).apply().get());
    expect(failure).toMatchObject({ errorName: "InvalidInput", errorCode: "INVALID_INPUT" });
    expect(failure.errorMessage).toMatch(/^mail\.send: args\[0\]\.user\.tags\[1\]: [^;]*string[^;]*$/);
    expect(called).toEqual([]);
  });

  test("each thing that is wrong is told", async () => {
    const send = memoryApp().task("mail.send", { input: [mail, times] }, () => null);
    const bad = { ...MAIL, to: "nobody", at: 5 as unknown as Date };
    const { errorMessage } = await failureOf(
      send
        .s(bad, "x" as unknown as number)
        .apply()
        .get(),
    );
    const told = errorMessage.replace("mail.send: ", "").split("; ");
    expect(told.map((issue) => issue.replace(/: .+/, "")).toSorted()).toEqual([
      "args[0].at",
      "args[0].to",
      "args[1]",
    ]);
  });

  test("the handler gets what the schemas make of its arguments", async () => {
    const repeat = memoryApp().task("repeat", { input: [parsed, times] }, (x, n) => x * n);
    expect(await repeat.s("21").apply().get()).toBe(42);
    expect(await repeat.s("21", 3).apply().get()).toBe(63);
    expect(await repeat.s(3).apply("21").get()).toBe(63);
  });

  test("what flows on is what the schema makes of the result", async () => {
    const app = memoryApp();
    const show = app.task("show", { output: parsed }, (x: number) => `${x}0`);
    const inc = app.task("inc", (x: number) => x + 1);
    expect(await show.s(4).pipe(inc.s()).apply().get()).toBe(41);
  });

  test("a result that is not valid fails the task", async () => {
    const broken = memoryApp().task("broken", { output: mail }, () => ({ ...MAIL, to: "nobody" }));
    const failure = await failureOf(broken.s().apply().get());
    expect(failure).toMatchObject({ errorName: "InvalidOutput", errorCode: "INVALID_OUTPUT" });
    expect(failure.errorMessage).toMatch(/^broken: result\.to: [^;]+$/);
  });
});

describe("schemas apply to each call", () => {
  const positive = z.number().positive("not above zero");

  test("of map, starmap and chunks", async () => {
    const app = memoryApp();
    const root = app.task("root", { input: positive }, (x) => Math.sqrt(x));
    const mul = app.task("mul", { input: [positive, positive] }, (x, y) => x * y);
    expect(await root.map([4, 9]).apply().get()).toEqual([2, 3]);
    const failures = [
      await failureOf(root.map([4, -1]).apply().get()),
      await failureOf(
        mul
          .starmap([[1, -1]])
          .apply()
          .get(),
      ),
      await failureOf(
        mul
          .chunks(
            [
              [1, 2],
              [-1, 2],
            ],
            1,
          )
          .apply()
          .get(),
      ),
    ];
    expect(failures.map(({ errorMessage }) => errorMessage)).toEqual([
      "root: args[0]: not above zero",
      "mul: args[1]: not above zero",
      "mul: args[0]: not above zero",
    ]);
  });

  test("of a handler with a context", async () => {
    const app = memoryApp();
    const root = app.task("root", { bind: true, input: positive }, (context, x) => [context.task, x]);
    expect(await root.s(4).apply().get()).toEqual(["root", 4]);
    expect(await failureOf(root.s(-4).apply().get())).toMatchObject({ errorCode: "INVALID_INPUT" });
  });

  test("within a flow, whose other tasks hear of it", async () => {
    const app = memoryApp();
    const minus = app.task("minus", (x: number) => -x);
    const root = app.task("root", { input: positive }, (x) => Math.sqrt(x));
    const flow = chain(minus.s(4)).pipe(group([root.s(), minus.s()]));
    expect(await failureOf(flow.apply().get())).toMatchObject({ task: "root", errorCode: "INVALID_INPUT" });
  });
});

test("a schema may take its time", async () => {
  const known = z.string().refine(async (name) => (await Promise.resolve(["ann"])).includes(name), "unknown");
  const greet = memoryApp().task("greet", { input: known, output: known }, async (name) => name);
  expect(await greet.s("ann").apply().get()).toBe("ann");
  expect(await failureOf(greet.s("bob").apply().get())).toMatchObject({
    errorMessage: "greet: args[0]: unknown",
  });
});

test("what a schema throws fails the task as what it is", async () => {
  const broken = z.string().refine(() => {
    throw new RangeError("a bug");
  });
  const greet = memoryApp().task("greet", { input: broken }, (name) => name);
  expect(await failureOf(greet.s("ann").apply().get())).toMatchObject({ errorName: "RangeError" });
});

describe("the arguments are counted:", () => {
  function add(): Task<readonly number[], number> {
    const app = memoryApp();
    app.task("add", { input: [z.number(), z.number()] }, (x, y) => x + y);
    return app.task<(...args: readonly number[]) => number>("add");
  }

  test("too many", async () => {
    expect(await failureOf(add().s(1, 2, 3).apply().get())).toMatchObject({
      errorCode: "INVALID_INPUT",
      errorMessage: "add: args: it takes 2 arguments, and got 3",
    });
  });

  test("too few, with what the schemas say of those that are missing", async () => {
    expect(await failureOf(add().s(1).apply().get())).toMatchObject({
      errorCode: "INVALID_INPUT",
      errorMessage: expect.stringMatching(
        /^add: args: it takes 2 arguments, and got 1; args\[1\]: .*undefined$/,
      ) as string,
    });
  });
});

test("what is no schema is refused when the task is defined", () => {
  const options = { input: { parse: () => 5 } } as unknown as CheckedTaskOptions<
    false,
    z.ZodNumber,
    undefined
  >;
  expect(() => memoryApp().task("add", options, (x: number) => x)).toThrow(
    'the input of "add" is no schema; give one of a library that follows Standard Schema',
  );
});
