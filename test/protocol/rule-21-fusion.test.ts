import { chain, chord } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import { success } from "@umbel/core";
import type { Fault } from "@umbel/runtime/testing";
import { Umbel } from "@umbel/runtime";
import { describe, expect, test } from "vitest";
import { recordOf } from "../contract/outcome-records.ts";
import { publications } from "../support/publications.ts";
import type { SimulationOptions } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

type Tasks = Simulation["tasks"];

function open(more: SimulationOptions = {}): Simulation {
  return new Simulation({ fusion: true, ...more });
}

/** A chain of five calls, the first of which gives another value each time it runs. */
const line = ({ roll, inc }: Tasks): AnyStep => chain(roll.s(), inc.s(), inc.s(), inc.s(), inc.s());

/** Labels of turns, in the order in which they were taken. */
function taken(world: Simulation, pattern: RegExp): readonly string[] {
  return world.history.flatMap((entry) =>
    /^worker\S* after /.test(entry) ? (pattern.exec(entry) ?? []) : [],
  );
}

test("steps of a chain run without a message between them, and end in its order", async () => {
  const world = open();
  const published = publications(world);
  expect(await world.flow(line(world.tasks))).toBe(5);
  expect(published.map(({ id }) => id)).toEqual(["F1.0"]);
  expect(taken(world, /put F1.*/)).toEqual(["put F1.0", "put F1.1", "put F1.2", "put F1.3", "put F1"]);
});

test("the worker dies at each point, and each step has one outcome that the next one was made from", async () => {
  for (const gatherMs of [5, 0]) {
    const quiet = open({ fusion: { gatherMs } });
    await quiet.flow(line(quiet.tasks));
    for (const kind of ["crash", "cut", "lose"] as const)
      for (let at = 1; at <= quiet.scheduler.turns; at += 1) await checkLine(at, kind, gatherMs);
  }
});

async function checkLine(at: number, kind: Fault, gatherMs: number): Promise<void> {
  const world = open({
    fusion: { gatherMs },
    fault: ({ number, actor }) => (number === at && actor.startsWith("worker") ? kind : undefined),
  });
  const outcome = await world.flow(line(world.tasks));
  const history = `${kind} at ${at}\n${world.history.join("\n")}`;
  const records = await Promise.all(["F1.0", "F1.1", "F1.2", "F1.3", "F1"].map((id) => world.stored(id)));
  const values = records.map((record) => record?.outcome.state === "SUCCESS" && Number(record.outcome.value));
  const first = Number(values[0]);
  expect(values, history).toEqual([first, first + 1, first + 2, first + 3, first + 4]);
  expect(outcome, history).toBe(first + 4);
  expect(world.server.depth("celery"), history).toBe(0);
}

test("who finds a step ended that had no message goes on from it: nobody else will", async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const world = open({ seed, fusion: { gatherMs: 0 }, fault: strike("cut", "before", "handle F1.1") });
    await world.startWorkers(3);
    const { fold } = world.tasks;
    const result = chain(fold.s(1), fold.s(2), fold.s(3)).apply();
    await world.rest();
    expect(await world.stored(result.id), `seed ${seed}\n${world.history.join("\n")}`).not.toBeNull();
  }
});

test("what somebody else wrote between two outcomes is what counts, and nothing is stored behind it", async () => {
  const world = open({
    fault: ({ phase, label, actor }) => {
      // A cancel's write that comes before the run's own.
      if (phase === "before" && label === "put F1.2" && actor.startsWith("worker"))
        void world.stores.results.put([recordOf("F1.2", { outcome: success(1002) })]);
      return undefined;
    },
  });
  expect(await world.flow(line(world.tasks))).toBe(1004);
  const values = await Promise.all(["F1.1", "F1.2", "F1.3", "F1"].map((id) => world.stored(id)));
  expect(values.map((record) => record?.outcome.state === "SUCCESS" && record.outcome.value)).toEqual([
    2, 1002, 1003, 1004,
  ]);
});

test("a cancel between two steps ends the others, whatever has run", async () => {
  const quiet = open();
  await quiet.flow(line(quiet.tasks));
  for (let at = 1; at <= quiet.scheduler.turns; at += 1) {
    let cancel = (): void => {};
    const world = open({
      fusion: { gatherMs: 0 },
      fault: ({ number }) => {
        if (number === at) cancel();
        return undefined;
      },
    });
    await world.startWorkers(2);
    const result = line(world.tasks).apply();
    cancel = () => void result.cancel();
    const outcome = await world.outcome(result);
    await world.scheduler.drain();
    const states = await Promise.all(
      ["F1.0", "F1.1", "F1.2", "F1.3", "F1"].map(async (id) => (await world.stored(id))?.outcome.state),
    );
    const failed = states.indexOf("FAILURE");
    expect(outcome instanceof Error || outcome === 5, world.history.join("\n")).toBe(true);
    const behind = failed === -1 ? [] : states.slice(failed);
    expect(behind, world.history.join("\n")).not.toContain("SUCCESS");
    expect(states.every((state) => state !== undefined)).toBe(true);
  }
});

test("all that has run is stored before anything is published behind it", async () => {
  const world = open();
  const { add, inc } = world.tasks;
  await world.flow(chain(add.s(1, 1), inc.s(), inc.s().set({ countdownMs: 1000 })).pipe(inc.s()));
  const at = (label: string): number => world.history.findIndex((entry) => entry.endsWith(label));
  expect(at("after put F1.0")).toBeGreaterThan(0);
  expect(at("after put F1.1")).toBeGreaterThan(at("after put F1.0"));
  expect(at("before publish F1.2")).toBeGreaterThan(at("after put F1.1"));
});

test("what has ended is stored while the next step takes its time", { timeout: 5_000 }, async () => {
  await using app = new Umbel("patient");
  let go = (): void => {};
  const opened = new Promise<void>((resolve) => (go = resolve));
  const add = app.task("add", (x: number, y: number) => x + y);
  const wait = app.task("wait", async (x: number) => {
    await opened;
    return x;
  });
  const result = chain(add.s(1, 1), wait.s()).apply();
  for await (const { type, task } of result.events()) if (type === "succeeded" && task === "add") go();
  expect(await result.get()).toBe(2);
});

test("a step that ran behind another is tried again on its own queue", async () => {
  const world = open();
  const published = publications(world);
  await world.startWorkers(1, { queues: ["celery", "mail"] });
  const { add, flaky } = world.tasks;
  const result = chain(add.s(1, 1))
    .pipe(flaky.s(1).set({ queue: "mail" }))
    .apply();
  expect(await world.outcome(result)).toBe(2);
  expect(published.map(({ id, retries, options }) => [id, retries, options.queue])).toEqual([
    ["F1.0", 0, undefined],
    ["F1", 1, "mail"],
  ]);
  expect((await world.stored("F1"))?.queue).toBe("mail");
});

test("what a step that ran behind another wrote says its own queue", async () => {
  const world = open();
  await world.startWorkers(1, { queues: ["celery", "mail"] });
  const { add, inc } = world.tasks;
  await world.outcome(chain(add.s(1, 1), inc.s().set({ queue: "mail" })).apply());
  expect((await world.stored("F1.0"))?.queue).toBe("celery");
  expect((await world.stored("F1"))?.queue).toBe("mail");
});

test("a body runs on only with its claim, which is let go when all is stored", async () => {
  const world = open();
  const { add, sum, inc } = world.tasks;
  const flow = chord([add.s(1, 1), add.s(2, 2)], sum.s()).pipe(inc.s());
  expect(await world.flow(flow)).toBe(7);
  const turns = taken(world, /(claim|put|retire|publish) F1.*/);
  const at = (label: string): number => turns.findIndex((turn) => turn.startsWith(label));
  expect(at("claim F1.0")).toBeLessThan(at("put F1.1"));
  expect(at("put F1.1")).toBeLessThan(at("retire F1.0"));
  expect(turns.filter((turn) => turn.startsWith("publish F1 "))).toEqual([]);
});

describe("a step has a message of its own", () => {
  async function messagesOf(
    flow: (tasks: Tasks) => AnyStep,
    more: SimulationOptions = {},
  ): Promise<readonly string[]> {
    const world = open(more);
    const published = publications(world);
    await world.flow(flow(world.tasks));
    return published.map(({ id }) => id);
  }

  test.each<readonly [string, (tasks: Tasks) => AnyStep, SimulationOptions]>([
    ["after a time", ({ add, inc }) => chain(add.s(1, 1), inc.s().set({ countdownMs: 10 })), {}],
    ["of another priority", ({ add, inc }) => chain(add.s(1, 1), inc.s().set({ priority: 5 })), {}],
    ["that is exclusive", ({ add, inc }) => chain(add.s(1, 1), inc.s().set({ exclusive: true })), {}],
    ["behind links", ({ add, inc, note }) => chain(add.s(1, 1).link(note.si(1, 1)), inc.s()), {}],
    ["where others wait", ({ add, inc }) => chain(add.s(1, 1), inc.s()), { fusion: { holdMs: 0 } }],
    ["where the worker does not", ({ add, inc }) => chain(add.s(1, 1), inc.s()), { fusion: false }],
  ])("%s", async (_, flow, more) => {
    expect(await messagesOf(flow, more)).toContain("F1");
  });

  test("on a queue that the worker does not serve", async () => {
    const world = open();
    const published = publications(world);
    await world.startWorkers(1);
    await world.startWorkers(1, { queues: ["mail"] });
    const { add, inc } = world.tasks;
    const result = chain(add.s(1, 1), inc.s().set({ queue: "mail" }), inc.s().set({ queue: "mail" })).apply();
    expect(await world.outcome(result)).toBe(4);
    expect(published.map(({ id }) => id)).toEqual(["F1.0", "F1.1"]);
  });

  test("of a run that came again", async () => {
    const world = open({ fault: strike("crash", "before", "put F1.0") });
    const published = publications(world);
    expect(await world.flow(line(world.tasks))).toBe(6);
    expect(published.map(({ id }) => id)).toEqual(["F1.0", "F1.1", "F1.2", "F1.3", "F1"]);
    expect(published.slice(1).every(({ suspect }) => suspect)).toBe(true);
  });
});

test("of two copies of a chain that run at once, each step has one outcome, and it is done once or told to both", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = open({ seed, fusion: { gatherMs: 0 } });
    let isCopied = false;
    publications(world, (message) => {
      if (isCopied) return [];
      isCopied = true;
      return [{ ...message, nonce: "copy", suspect: true }];
    });
    const outcome = await world.flow(line(world.tasks));
    const values = await Promise.all(
      ["F1.0", "F1.1", "F1.2", "F1.3", "F1"].map(async (id) => {
        const record = await world.stored(id);
        return record?.outcome.state === "SUCCESS" ? Number(record.outcome.value) : null;
      }),
    );
    const first = Number(values[0]);
    expect(values, world.history.join("\n")).toEqual([0, 1, 2, 3, 4].map((i) => first + i));
    expect(outcome).toBe(first + 4);
  }
});
