import { chain, chord } from "@umbel/canvas";
import type { AsyncResult, Message, TaskFailed } from "@umbel/core";
import { DEAD_LETTERS, isUndecodable } from "@umbel/core";
import type { UmbelEvent } from "@umbel/runtime";
import { onEvent } from "@umbel/runtime";
import { expect, onTestFinished, test } from "vitest";
import { givingUp } from "../support/giving-up.ts";
import { publications } from "../support/publications.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

function withId(...ids: readonly string[]): (message: Message) => boolean {
  return ({ id }) => ids.includes(id);
}

test.each([
  ["expired", "EXPIRED"],
  ["delivery_limit", "DELIVERY_LIMIT"],
  ["maxlen", "QUEUE_FULL"],
  ["rejected", "REJECTED"],
  ["something else", "REJECTED"],
])("what the broker gives up as %s fails with %s, and what comes after it", async (reason, code) => {
  const world = new Simulation();
  givingUp(world, withId("F1.1"), reason);
  const { add, inc } = world.tasks;
  const outcome = await world.flow(chain(add.s(1, 1), inc.s(), inc.s()));
  expect(outcome).toMatchObject({ errorCode: code, task: "inc", taskId: "F1.1" });
  for (const said of ["celery", reason, "once"]) expect((outcome as Error).message).toContain(said);
  for (const id of ["F1.1", "F1"]) expect((await world.stored(id))?.outcome.state, id).toBe("FAILURE");
  expect(world.runs).toEqual(["F1.0"]);
});

test("a copy of it is put aside for people, and the worker tells of it", async () => {
  const world = new Simulation();
  const events: UmbelEvent[] = [];
  onTestFinished(onEvent((event) => events.push(event), ["message.refused"]));
  givingUp(world, withId("F1"));
  await world.flow(world.tasks.add.s(1, 1));
  expect(world.server.deadLetters).toMatchObject([{ message: { id: "F1" }, queue: "celery" }]);
  expect(events).toMatchObject([{ id: "F1", task: "add", reason: expect.stringContaining("celery") }]);
});

test("a member's failure comes to its join, which waits for the others", async () => {
  const world = new Simulation();
  givingUp(world, withId("F1.0.1"));
  const { add, sum, inc } = world.tasks;
  expect(await world.flow(chord([add.s(1, 1), add.s(2, 2)], sum.s()).pipe(inc.s()))).toMatchObject({
    errorCode: "EXPIRED",
    taskId: "F1.0.1",
  });
  expect(world.runs).toEqual(["F1.0.0"]);
});

test("the handlers of what failed begin", async () => {
  const world = new Simulation();
  givingUp(world, withId("F1"));
  const { add, same } = world.tasks;
  await world.flow(add.s(1, 1).onFailure(same.s()));
  await world.rest();
  expect(world.runsOf("F1+failure.0")).toBe(1);
});

test("a start ends its whole plan: every result is there, and no join is open (rule 23)", async () => {
  const world = new Simulation();
  givingUp(world, ({ task }) => task === "umbel.start");
  await world.startWorkers(2);
  const { add, sum, list } = world.tasks;
  const result = chord([add.s(1, 1), chord([add.s(2, 2)], sum.s())], list.s()).apply();
  expect(await world.outcome(result)).toMatchObject({ errorCode: "EXPIRED" });
  for (const child of result.parent?.children ?? [])
    expect(await world.outcome(child)).toMatchObject({ errorCode: "EXPIRED" });
  expect(await world.stores.joins.markOf("F1.0")).toMatchObject({ code: "EXPIRED" });
  expect(await world.stores.joins.markOf("F1.0.1.0")).toMatchObject({ code: "EXPIRED" });
  expect(await world.stored("F1.0"), "the start has no outcome of its own").toBeNull();
  expect(world.runs).toEqual([]);
});

test("a cancel is performed, and not failed", async () => {
  const world = new Simulation();
  givingUp(world, ({ task }) => task === "umbel.cancel");
  const { add, sum } = world.tasks;
  const result = chord([add.s(1, 1), add.s(2, 2)], sum.s()).apply();
  await world.scheduler.run(result.published);
  await world.scheduler.run(result.cancel({ reason: "enough" }));
  await world.startWorkers(1);
  expect(await world.outcome(result)).toMatchObject({ code: "FLOW_CANCELLED", reason: "enough" });
  await world.scheduler.drain();
  expect(world.server.deadLetters).toEqual([]);
});

test("a later turn ends the task, and waits for no countdown", async () => {
  const world = new Simulation();
  givingUp(world, ({ turn }) => turn === 1, "delivery_limit");
  const { flaky, inc } = world.tasks;
  const before = world.scheduler.now();
  expect(await world.flow(flaky.s(1, 3).pipe(inc.s()))).toMatchObject({ errorCode: "DELIVERY_LIMIT" });
  expect(await world.stored("F1.0")).toMatchObject({ turn: 1, outcome: { state: "FAILURE" } });
  expect(world.scheduler.now()).toBe(before);
});

test("of a turn that is over it performs what is stored: the next turn is published", async () => {
  const world = new Simulation({ deliveryLimit: 0, fault: strike("crash", "after", "retry F1") });
  expect(await world.flow(world.tasks.flaky.s(1, 1))).toBe(1);
  expect(world.server.deadLetters).toEqual([]);
});

test("of a task that has an outcome it performs the effects of that", async () => {
  const world = new Simulation({ deliveryLimit: 0, fault: strike("crash", "after", "put F1.0") });
  const { add, inc } = world.tasks;
  expect(await world.flow(chain(add.s(1, 1), inc.s()))).toBe(3);
  expect(world.server.deadLetters).toEqual([]);
});

test("an outcome that is stored while it looks is gone on from, whoever wrote it", async () => {
  let isStored = false;
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (label === "dead-letter F1.0" && phase === "after" && !isStored) {
        isStored = true;
        void storeAnother(world, "F1.0");
      }
      return undefined;
    },
  });
  givingUp(world, withId("F1.0"));
  const { add, inc } = world.tasks;
  expect(await world.flow(chain(add.s(1, 1), inc.s()))).toBe(42);
});

/** Stores a success by a publication that is gone. */
async function storeAnother({ stores, scheduler }: Simulation, id: string): Promise<void> {
  const now = scheduler.now();
  await stores.results.put([
    {
      ...{ id, task: "add", outcome: { state: "SUCCESS", value: 41 }, by: "another", turn: 0, flow: "F1" },
      ...{ args: null, kwargs: null, parent: null, queue: null, worker: null, retries: 0, startedAtMs: null },
      ...{ doneAtMs: now, expiresAtMs: null },
    },
  ]);
}

test("a body whose claim another publication holds is dropped", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    let isGiven = false;
    const found: Message[] = [];
    const world: Simulation = new Simulation({
      seed,
      fault: ({ label, phase }) => {
        if (isGiven || !label.startsWith("claim F1.1") || phase !== "after") return undefined;
        isGiven = true;
        world.server.giveUp(
          { ...found[0]!, nonce: "copy" },
          { reason: "expired", queue: "celery", count: 1 },
        );
        return undefined;
      },
    });
    publications(world, (message) => (message.id === "F1.1" && found.push(message) ? [] : []));
    const { add, sum, inc } = world.tasks;
    expect(await world.flow(chord([add.s(1, 1), add.s(2, 2)], sum.s()).pipe(inc.s())), `${seed}`).toBe(7);
    expect(world.server.deadLetters).toEqual([]);
    expect(world.server.depth(DEAD_LETTERS)).toBe(0);
  }
});

test("a body that dies before anybody has its claim takes it: no copy runs beside its failure", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    publications(world, (message) => {
      if (message.id === "F1")
        world.server.giveUp({ ...message, nonce: "copy" }, { reason: "expired", queue: "celery", count: 1 });
      return [];
    });
    const { add, sum } = world.tasks;
    const outcome = await world.flow(chord([add.s(1, 1), add.s(2, 2)], sum.s()));
    const said = outcome instanceof Error ? (outcome as TaskFailed).errorCode : outcome;
    expect(said, `${seed}`).toBe(world.runsOf("F1") === 1 ? 6 : "EXPIRED");
  }
});

test("what cannot be read is put aside, and failed as far as its id is known", async () => {
  const world = new Simulation();
  await world.startWorkers(1);
  const unread = { undecodable: "its body is not JSON", id: "F9", task: "add", replyTo: null };
  world.server.giveUp(unread, { reason: "expired", queue: "celery", count: 1 });
  await world.scheduler.drain();
  expect((await world.stored("F9"))?.outcome).toMatchObject({ failure: { code: "UNDECODABLE_MESSAGE" } });
  expect(world.server.deadLetters.filter(({ message }) => isUndecodable(message))).toHaveLength(1);
});

test("what is known to be cancelled ends as that", async () => {
  const world = new Simulation();
  const { add, inc } = world.tasks;
  givingUp(world, withId("F1.0"));
  const result = chain(add.s(1, 1), inc.s()).apply() as AsyncResult<unknown>;
  await world.scheduler.run(result.published);
  await world.stores.joins.noteCancel({ scope: "F1", reason: "enough" }, Infinity);
  await world.startWorkers(1);
  expect(await world.outcome(result)).toMatchObject({ code: "FLOW_CANCELLED", reason: "enough" });
});

test("a worker that is told to leaves the dead letters alone", async () => {
  const world = new Simulation();
  givingUp(world, withId("F1"));
  await world.startWorkers(1, { deadLetters: false });
  world.tasks.add.s(1, 1).apply();
  await world.scheduler.drain();
  expect(world.server.depth(DEAD_LETTERS)).toBe(1);
});

test("a worker has a place for dead letters before it takes anything that may die", async () => {
  const world = new Simulation();
  const asked: string[] = [];
  const connect = world.server.connect.bind(world.server);
  world.server.connect = () => {
    const broker = connect();
    const consume = broker.consume.bind(broker);
    broker.consume = (options) => (asked.push(...options.queues), consume(options));
    return broker;
  };
  await world.startWorkers(1);
  expect(asked).toEqual([DEAD_LETTERS, "celery"]);
});

test.each([
  ["deadLetters is empty", { deadLetters: "" }],
  ["is of dead letters and of tasks", { queues: ["mail", "dead"], deadLetters: "dead" }],
])("a worker whose option makes no sense is refused: %s", async (why, options) => {
  const world = new Simulation();
  await expect(world.startWorkers(1, options)).rejects.toMatchObject({
    code: "INVALID_OPTION",
    message: expect.stringContaining(why),
  });
});
