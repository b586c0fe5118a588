import { describe, expectTypeOf, test } from "vitest";
import type { AsyncResult } from "./async-result.ts";
import type { Done, Undone } from "./compensation.ts";
import type { AnyStep, Step } from "./step.ts";
import type { Task } from "./task.ts";

declare const add: Task<[x: number, y: number], number>;
declare const show: Task<[x: number], string>;
declare const length: Task<[text: string], number>;
declare const log: Task<[entry: unknown], null>;
declare const release: Task<[done: Done<number>], boolean>;
declare const releaseAt: Task<[done: Done<number>, desk: string], null>;
declare const audit: Task<[done: Done], null>;
declare const now: Task<[], Date>;
declare const greet: Task<[name: string, greeting?: string], string>;

describe("a pipe", () => {
  test("needs what its first step needs, and gives what its last gives", () => {
    expectTypeOf(add.s(1, 2).pipe(show.s())).toEqualTypeOf<Step<[], string>>();
    expectTypeOf(add.s(2).pipe(show.s()).pipe(length.s())).toEqualTypeOf<Step<[x: number], number>>();
  });

  test("takes a step that takes the result", () => {
    add.s(1, 2).pipe(add.s(3));
    add.s(1, 2).pipe(log.s());
    add.s(1, 2).pipe(add.si(3, 4));
    add.s(1, 2).pipe(show.s()).pipe(greet.s());
    add.s(1, 2).pipe(show.s()).pipe(greet.s("Hello"));
  });

  test("refuses a step that takes something else", () => {
    // @ts-expect-error [ts2345] -- the result is a number, and length takes text
    add.s(1, 2).pipe(length.s());
    // @ts-expect-error [ts2345] -- two arguments are missing, and there is one result
    add.s(1, 2).pipe(add.s());
    // @ts-expect-error [ts2345] -- all arguments are bound, so the result would be one too many
    add.s(1, 2).pipe(add.s(3, 4));
    // @ts-expect-error [ts2345] -- it takes nothing; .si() ignores a result
    add.s(1, 2).pipe(now.s());
    // @ts-expect-error [ts2345] -- the result of log is null
    log.s(1).pipe(show.s());
  });

  test("may stand for a step of less, or of more", () => {
    expectTypeOf<Step<[x: unknown], 5>>().toExtend<Step<[x: number], number>>();
    expectTypeOf<Step<[x: number], number>>().not.toExtend<Step<[x: unknown], number>>();
    expectTypeOf<Step<[x: number], number>>().not.toExtend<Step<[x: number], 5>>();
    expectTypeOf<Step<[x: number], number>>().toExtend<AnyStep>();
  });
});

describe("a flow is sent", () => {
  test("with what it still needs, and gives a typed result", async () => {
    expectTypeOf(add.s(1, 2).apply()).toEqualTypeOf<AsyncResult<number>>();
    expectTypeOf(await add.s(2).pipe(show.s()).apply(1).get()).toEqualTypeOf<string>();
    expectTypeOf(await now.s().apply().get()).toEqualTypeOf<Date>();
    expectTypeOf(await log.s(1).apply().get()).toEqualTypeOf<null>();
    add.si(1, 2).apply();
    greet.s().apply("Ann");
    greet.s().apply("Ann", "Hello");
  });

  test("with nothing else", () => {
    // @ts-expect-error [ts2554] -- x is missing
    add.s(2).apply();
    // @ts-expect-error [ts2345] -- x is a number
    add.s(2).apply("1");
    // @ts-expect-error [ts2554] -- there is nothing to give
    add.s(1, 2).apply(3);
  });
});

describe("an undo", () => {
  test("gets what its step came to, and leaves the type of that as it is", () => {
    expectTypeOf(add.s(1).compensate(release.s())).toEqualTypeOf<Step<[x: number], number>>();
    expectTypeOf(show.s(1).compensate(audit.s())).toEqualTypeOf<Step<[], string>>();
    add.s(1, 2).compensate(releaseAt.s("desk"));
    add.s(1, 2).compensate(now.si());
  });

  test("is refused where it undoes something else, or needs more", () => {
    // @ts-expect-error [ts2345] -- the result is a text, and release undoes a number
    show.s(1).compensate(release.s());
    // @ts-expect-error [ts2345] -- it takes the result itself, not what is done
    add.s(1, 2).compensate(show.s());
    // @ts-expect-error [ts2345] -- the desk is missing
    add.s(1, 2).compensate(releaseAt.s());
  });

  test("is told of in the result", async () => {
    const { undone, failed } = await add.s(1, 2).apply().compensation({ timeoutMs: 1 });
    expectTypeOf(undone).toEqualTypeOf<readonly Undone[]>();
    expectTypeOf(failed[0]?.reason.message).toEqualTypeOf<string | undefined>();
  });
});

test("options leave the type as it is", () => {
  expectTypeOf(
    add.s(1).set({ queue: "slow", priority: 5, countdownMs: 10, headers: { a: 1 } }),
  ).toEqualTypeOf<Step<[x: number], number>>();
  // @ts-expect-error [ts2561] -- there is no such option
  add.s(1).set({ countdown: 10 });
});
