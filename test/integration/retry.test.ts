import { chain, chord } from "@umbel/canvas";
import { TaskFailed } from "@umbel/core";
import { Umbel, onEvent } from "@umbel/runtime";
import type { RetryTaskOptions, UmbelEvent } from "@umbel/runtime";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { Distributed } from "../support/distributed.ts";
import { describeWith } from "../support/services.ts";

class Flood extends Error {
  readonly code = "E_FLOOD";
}

/** An app in memory with a task whose handler does this in each of its attempts. */
function appWith(options: RetryTaskOptions, ...attempts: readonly (() => number)[]) {
  const app = new Umbel("retry");
  onTestFinished(() => app.close());
  const made: number[] = [];
  const task = app.task("flaky", { bind: true, retryDelayMs: 1, ...options }, (context) => {
    made.push(context.retries);
    return attempts[context.retries]?.() ?? 0;
  });
  return { app, task, made };
}

function flood(): never {
  throw new Flood("too much");
}

async function failureOf(result: Promise<unknown>): Promise<TaskFailed> {
  const error: unknown = await result.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TaskFailed) return error;
  throw new Error(`it did not fail as a task: ${String(error)}`);
}

describe("a task in memory", () => {
  test("that throws ctx.retry() is run again, and knows how often it was", async () => {
    const app = new Umbel("retry");
    onTestFinished(() => app.close());
    const task = app.task("counts", { bind: true }, (context, x: number) => {
      if (context.retries < 2) throw context.retry({ countdownMs: 1 });
      return [x, context.retries];
    });
    expect(await task.s(7).apply().get()).toEqual([7, 2]);
  });

  test("that returns it is run again, too, and its output is not checked", async () => {
    const app = new Umbel("retry");
    onTestFinished(() => app.close());
    const options = { bind: true, output: z.number().max(1) } as const;
    const task = app.task("returns", options, (context) =>
      context.retries === 0 ? context.retry({ countdownMs: 1 }) : context.retries,
    );
    expect(await task.s().apply().get()).toBe(1);
  });

  test("is run again after errors that its options name, and not after others", async () => {
    const { task, made } = appWith({ autoretryFor: [Flood] }, flood, flood, () => {
      throw new TypeError("no");
    });
    const error = await failureOf(task.s().apply().get());
    expect(error).toMatchObject({ errorName: "TypeError", errorMessage: "no" });
    expect(error.cause).toBeUndefined();
    expect(made).toEqual([0, 1, 2]);
  });

  test("that is given up says so, and its cause is the last failure, with its stack", async () => {
    const { task, made } = appWith({ autoretryFor: true, maxRetries: 2 }, flood, flood, flood, () => 5);
    const error = await failureOf(task.s().apply().get());
    expect(error).toMatchObject({
      ...{ errorName: "RetryExhausted", errorCode: "RETRY_EXHAUSTED", errors: [] },
      errorMessage: "flaky was given up after 3 attempts; the last one failed with Error: too much",
      cause: { task: "flaky", taskId: error.taskId, errorName: "Error", errorCode: "E_FLOOD" },
    });
    expect(error.cause).toBeInstanceOf(TaskFailed);
    expect((error.cause as TaskFailed).remoteStack).toContain("retry.test.ts");
    expect(error.remoteStack).toBe((error.cause as TaskFailed).remoteStack);
    expect(made).toEqual([0, 1, 2]);
  });

  test("that fails in a group tells of it among the errors", async () => {
    const { app, task } = appWith({ autoretryFor: true, maxRetries: 0 }, flood);
    const sum = app.task("sum", (xs: readonly number[]) => xs.length);
    const error = await failureOf(chord([task.s(), task.s()], sum.s()).apply().get());
    expect(error.errors.map(({ cause }) => cause)).toMatchObject([
      { errorCode: "E_FLOOD" },
      { errorCode: "E_FLOOD" },
    ]);
  });

  test("of a map is retried with its whole message, by its own options", async () => {
    const app = new Umbel("retry");
    onTestFinished(() => app.close());
    const seen: number[] = [];
    const options = { bind: true, autoretryFor: [Flood], maxRetries: 1, retryDelayMs: 1 } as const;
    const task = app.task("each", options, (context, x: number) => {
      seen.push(x);
      return x === 2 && context.retries === 0 ? flood() : x;
    });
    expect(await task.map([1, 2, 3]).apply().get()).toEqual([1, 2, 3]);
    expect(seen).toEqual([1, 2, 1, 2, 3]);
  });

  test("whose options are out of bounds is refused where it is defined", () => {
    const { app } = appWith({});
    expect(() => app.task("bad", { maxRetries: -1 }, () => 1)).toThrow("the maxRetries of bad is -1");
    expect(() => app.task("late", { retryDelayMs: -1 }, () => 1)).toThrow("the retryDelayMs of late is -1");
    expect(app.task("bad", () => 1).name).toBe("bad");
  });

  test("tells of each attempt that failed, and of when the next one follows", async () => {
    const events: UmbelEvent[] = [];
    onTestFinished(onEvent((event) => events.push(event), ["task.retried", "task.failed", "task.succeeded"]));
    const { task } = appWith({ autoretryFor: true, retryDelayMs: 1 }, flood, flood, () => 5);
    const result = task.s().apply();
    expect(await result.get()).toBe(5);
    const common = { task: "flaky", id: result.id };
    expect(events.filter((event) => "id" in event && event.id === result.id)).toMatchObject([
      { type: "task.retried", ...common, error: "Error: too much", retries: 1, retryInMs: 1 },
      { type: "task.retried", ...common, error: "Error: too much", retries: 2, retryInMs: 1 },
      { type: "task.succeeded", ...common },
    ]);
  });
});

describeWith(["amqp", "mongo"], "through RabbitMQ and MongoDB, in other processes", (found) => {
  test("every attempt is made once, in a chain and as a member and a body", async () => {
    await using world = await Distributed.open(found);
    const { add, stubborn } = world.client;
    await world.startWorker();
    const member = chain(add.s(1, 1)).pipe(stubborn.s(2, 5));
    const result = chord([member, add.s(3, 3)], stubborn.s(1, 5)).apply();
    expect(await result.get({ timeoutMs: 20_000 })).toEqual([2, 6]);
    expect(await attemptsIn(world)).toEqual(["0", "1", "2", "0", "1"]);
    const [join] = await world.db.collection("umbel_joins").find().toArray();
    expect(join).toMatchObject({ claim: { turn: 1 } });
  });

  test("a worker is killed between two attempts of a body: another makes the next, and none is made twice", async () => {
    await using world = await Distributed.open(found);
    const { add, stubborn } = world.client;
    const first = await world.startWorker();
    const result = chord([add.s(5, 0)], stubborn.s(2, 1_500)).apply();
    await vi.waitFor(async () => expect(await result.state()).toBe("RETRY"), PATIENCE);
    first.kill("SIGKILL");
    await first.ended;
    expect(await attemptsIn(world)).toEqual(["0"]);
    await world.startWorker();
    expect(await result.get({ timeoutMs: 20_000 })).toEqual([5]);
    expect(await attemptsIn(world)).toEqual(["0", "1", "2"]);
    expect(await documentOf(world, result.id)).toMatchObject({
      ...{ status: "SUCCESS", retries: 2, turn: 2, next: null, parent_id: result.id },
    });
  });

  test("a worker is killed in a body's second attempt: that one is made again, and counts once", async () => {
    await using world = await Distributed.open(found);
    const { add, stubborn } = world.client;
    const first = await world.startWorker();
    const result = chord([add.s(5, 0)], stubborn.s(2, 1, 60_000)).apply();
    await world.untilBegan("stubborn", 2);
    first.kill("SIGKILL");
    await first.ended;
    await world.startWorker();
    expect(await result.get({ timeoutMs: 20_000 })).toEqual([5]);
    expect(await attemptsIn(world)).toEqual(["0", "1", "1", "2"]);
    expect(await documentOf(world, result.id)).toMatchObject({ retries: 2, turn: 2 });
  });

  test("a worker of a task that is no body is killed: copies may run, and no attempt is left out or counted twice", async () => {
    await using world = await Distributed.open(found);
    const first = await world.startWorker();
    const result = world.client.stubborn.s(5, 2, 1, 60_000).apply();
    await world.untilBegan("stubborn", 2);
    first.kill("SIGKILL");
    await first.ended;
    await world.startWorker();
    expect(await result.get({ timeoutMs: 20_000 })).toBe(5);
    expect([...new Set(await attemptsIn(world))]).toEqual(["0", "1", "2"]);
    expect(await documentOf(world, result.id)).toMatchObject({ retries: 2, turn: 2 });
  });
});

/** What each run of the task had for `ctx.retries`, in their order. */
async function attemptsIn(world: Distributed): Promise<readonly (string | undefined)[]> {
  return (await world.began("stubborn")).map((line) => line.split(" ").at(-1));
}

function documentOf(world: Distributed, id: string) {
  return world.db.collection<{ _id: string }>("celery_taskmeta").findOne({ _id: id });
}

const PATIENCE = { timeout: 20_000, interval: 20 };
