import { chain, chord, group } from "@umbel/canvas";
import { FlowCancelled, TaskFailed } from "@umbel/core";
import type { Done } from "@umbel/core";
import { Umbel } from "@umbel/runtime";
import { expect, test } from "vitest";
import { Distributed } from "../support/distributed.ts";
import { describeWith } from "../support/services.ts";

const IN_TIME = { timeoutMs: 20_000 };

test("in memory a flow that fails is undone", async () => {
  await using app = new Umbel("undo");
  const released: unknown[] = [];
  const book = app.task("book", (what: string) => `${what} booked`);
  const pay = app.task("pay", (_booking: string): string => {
    throw new RangeError("no money");
  });
  const release = app.task("release", (done: Done<string>) => void released.push(done));
  const result = chain(book.s("Rome").compensate(release.s()), pay.s()).apply();
  await expect(result.get(IN_TIME)).rejects.toBeInstanceOf(TaskFailed);
  expect((await result.compensation(IN_TIME)).undone).toMatchObject([{ task: "book" }]);
  expect(released).toMatchObject([{ task: "book", args: ["Rome"], kwargs: {}, result: "Rome booked" }]);
});

describeWith(["amqp", "mongo"], "compensation through RabbitMQ and MongoDB, on two workers", (found) => {
  test("undoes what had succeeded, in reverse, and tells what it could not", async () => {
    await using world = await Distributed.open(found);
    const { book, release, boom } = world.client;
    await Promise.all([world.startWorker(2), world.startWorker(2)]);
    const undo = release.s();
    const trip = group([book.si("hotel").compensate(undo), book.si("stuck").compensate(undo)]);
    const result = chain(book.s("flight").compensate(undo), book.si("car").compensate(undo))
      .pipe(trip)
      .pipe(boom.si("no money"))
      .apply();
    await expect(result.get(IN_TIME)).rejects.toMatchObject({ errorMessage: "no money" });
    const { undone, failed } = await result.compensation(IN_TIME);
    expect(undone.map(({ id }) => id)).toEqual([`${result.id}.2.0`, `${result.id}.1`, `${result.id}.0`]);
    expect(failed).toMatchObject([{ id: `${result.id}.2.1`, reason: { message: "it is stuck" } }]);
    expect(await world.began("release")).toHaveLength(4);
    const joins = await world.db.collection("umbel_joins").find({ expiresAt: null }).toArray();
    expect(joins).toEqual([]);
  });

  test("undoes a step that ran when its flow was cancelled, asked for from another process", async () => {
    await using world = await Distributed.open(found);
    const { book, release, total } = world.client;
    await Promise.all([world.startWorker(1), world.startWorker(1)]);
    const undo = release.s();
    const members = ["one", "two", "three"].map((what) => book.s(what, 600).compensate(undo));
    const result = chord(members, total.si([], 0)).apply();
    await world.untilBegan("book", 2);
    await using other = new Umbel("other", { broker: world.broker, backend: world.backend });
    await other.flow(result.flow).cancel({ reason: "enough" });
    await expect(result.get(IN_TIME)).rejects.toBeInstanceOf(FlowCancelled);
    const { undone, failed } = await other.flow(result.flow).result().compensation(IN_TIME);
    expect(undone).toHaveLength(2);
    expect(failed).toEqual([]);
    expect(await world.began("release")).toHaveLength(2);
  });

  test("goes on when the worker that undoes, or runs what is to be undone, is killed", async () => {
    await using world = await Distributed.open(found);
    const { book, release, boom } = world.client;
    const first = await world.startWorker(1);
    const undo = release.s();
    const result = chain(
      book.s("flight", 0).compensate(undo),
      book.si("hotel", 600).compensate(undo),
      boom.si("no money"),
    ).apply();
    await world.untilBegan("book", 2);
    first.kill("SIGKILL");
    await first.ended;
    await world.startWorker(1);
    await expect(result.get(IN_TIME)).rejects.toBeInstanceOf(TaskFailed);
    const { undone } = await result.compensation(IN_TIME);
    expect(undone.map(({ id }) => id)).toEqual([`${result.id}.1`, `${result.id}.0`]);
  });

  test("survives a large plan, kept in pages", async () => {
    await using world = await Distributed.open(found);
    await world.startWorker(4);
    await using app = new Umbel("paged", {
      ...{ broker: world.broker, backend: world.backend, queue: world.queue },
      pageSizes: { whole: 0, page: 1 },
    });
    const book = app.task<(what: string, ms?: number) => string>("book");
    const boom = app.task<(text: string) => number>("boom");
    const release = app.task<(done: Done<string>) => string>("release");
    const undo = release.s();
    const steps = Array.from({ length: 6 }, (_, i) => book.si(`n${i}`, 0).compensate(undo));
    const result = steps
      .reduce((before, step) => before.pipe(step))
      .pipe(boom.si("end"))
      .apply();
    await expect(result.get(IN_TIME)).rejects.toBeInstanceOf(TaskFailed);
    expect((await result.compensation(IN_TIME)).undone).toHaveLength(6);
  });
});
