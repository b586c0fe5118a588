import { advance, chain, chord, complete, each, group, place, start } from "@umbel/canvas";
import type { AsyncResult } from "@umbel/core";
import { FlowCancelled, cancelFailure, failed, success } from "@umbel/core";
import type { UmbelEvent } from "@umbel/runtime";
import { onEvent } from "@umbel/runtime";
import { expect, onTestFinished, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

function chordOf({ tasks: { add, sum } }: Simulation): AsyncResult<number> {
  return chord([add.s(1, 1), add.s(2, 2)], sum.s()).apply();
}

/** A flow that was cancelled before any worker was there. */
async function cancelledBefore(world: Simulation, result: AsyncResult<unknown>): Promise<unknown> {
  await world.scheduler.run(result.published);
  await world.scheduler.run(result.cancel({ reason: "enough" }));
  await world.startWorkers(2);
  const outcome = await world.outcome(result);
  await world.scheduler.drain();
  return outcome;
}

test("a cancel is one message, kept before it is told, and told before anything ends", async () => {
  const world = new Simulation();
  const broadcast = world.server.broadcast.bind(world.server);
  world.server.broadcast = (cancels) => (world.history.push(`told ${cancels[0]?.scope}`), broadcast(cancels));
  expect(await cancelledBefore(world, chordOf(world))).toMatchObject({ flow: "F1", reason: "enough" });
  const order = world.history.filter((line) =>
    /told|after (publish F1!cancel|cancel F1|mark|put)/.test(line),
  );
  expect(order.slice(0, 3)).toEqual(["client after publish F1!cancel", "client after cancel F1", "told F1"]);
  const worker = order.slice(3).map((line) => line.replace(/^worker\d after /, ""));
  const [kept, told, marked] = ["cancel F1", "told F1", "mark F1.0"].map((name) => worker.indexOf(name));
  expect([kept, told, marked].toSorted((a, b) => Number(a) - Number(b))).toEqual([kept, told, marked]);
  expect(kept).toBeGreaterThanOrEqual(0);
});

test("what is queued does not run, also on a worker that starts later", async () => {
  const world = new Simulation();
  expect(await cancelledBefore(world, chordOf(world))).toBeInstanceOf(FlowCancelled);
  expect(world.runs).toEqual([]);
  await world.startWorkers(1);
  const [late] = start(place(world.tasks.add.s(1, 1).node, "F1.9"), [], {
    ...{ flow: "F1", parent: null, replyTo: null },
  });
  await world.brokerOf("client").publish([late!]);
  await world.scheduler.drain();
  expect(world.runs).toEqual([]);
  expect((await world.stored("F1.9"))?.outcome).toMatchObject({ failure: { code: "FLOW_CANCELLED" } });
});

test("a cancel whose worker dies is performed by another", async () => {
  for (const label of ["cancel F1", "mark F1.0", "put F1.0.1", "put F1", "retire F1.0"]) {
    let isDone = false;
    const world = new Simulation({
      fault: ({ actor, phase, label: at }) => {
        if (isDone || !actor.startsWith("worker") || phase !== "after" || at !== label) return undefined;
        isDone = true;
        return "crash";
      },
    });
    expect(await cancelledBefore(world, chordOf(world)), label).toBeInstanceOf(FlowCancelled);
    expect(isDone, label).toBe(true);
    for (const id of ["F1.0.0", "F1.0.1", "F1"])
      expect(await world.stored(id), `${label} ${id}`).not.toBeNull();
  }
});

test("a cancelled delivery is never just acknowledged: it has an outcome, which comes to its join", async () => {
  const world = new Simulation();
  await world.startWorkers(1);
  const { add, sum } = world.tasks;
  const result = chord([add.s(1, 1).set({ countdownMs: 1000 }), add.s(2, 2)], sum.s()).apply();
  await world.scheduler.drain();
  world.server.broadcast([{ scope: "F1", reason: "told too early" }]);
  expect(await world.outcome(result)).toMatchObject({ reason: "told too early" });
  expect(world.runsOf("F1.0.0")).toBe(0);
});

test("a cancel of what has ended changes nothing, twice is as good as once, from any of its results", async () => {
  const world = new Simulation();
  await world.startWorkers(2);
  const result = chordOf(world);
  expect(await world.outcome(result)).toBe(6);
  for (const which of [result, result.parent!, result.parent!.children[0]!])
    await world.scheduler.run(which.cancel());
  await world.scheduler.run(world.scheduler.sleep(1000));
  expect(await world.outcome(result)).toBe(6);
  expect(await world.scheduler.run(result.state())).toBe("SUCCESS");
});

test("a large plan goes by page, and each step of it ends", async () => {
  const world = new Simulation({ pageSizes: { whole: 0, page: 1 } });
  const { add, inc, sum } = world.tasks;
  const flow = chain(add.s(1, 1), group([inc.s(), chain(inc.s(), inc.s())]), sum.s(), inc.s(), inc.s());
  expect(await cancelledBefore(world, flow.apply())).toBeInstanceOf(FlowCancelled);
  for (const id of ["F1.0", "F1.1.0", "F1.1.1.0", "F1.1.1", "F1.2", "F1.3", "F1"])
    expect((await world.stored(id))?.outcome, id).toMatchObject({ failure: { code: "FLOW_CANCELLED", id } });
  expect(await world.stores.joins.markOf("F1.1")).toMatchObject({ code: "FLOW_CANCELLED" });
});

test("a settled group does not tell of a cancel as of a failure: its body's worker may not have heard", () => {
  const world = new Simulation();
  const { add, list } = world.tasks;
  const plan = place(group([add.s(1, 1), add.s(2, 2)], "settled").pipe(list.s()).node, "F1");
  const [begun] = start(plan, [], { flow: "F1", parent: null, replyTo: null });
  const [join] = advance(begun!, null).flatMap((effect) => (effect.kind === "register" ? effect.joins : []));
  const cancelled = cancelFailure("enough", "add", "F1.0.1");
  expect(complete(join!, [success(2), failed(cancelled)])).toEqual([
    { kind: "fail", join, failure: cancelled },
  ]);
});

test("pages of a cancel by an id whose plan is not written yet are none of the flow's", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new Simulation({ seed, pageSizes: { whole: 0, page: 1 } });
    await world.startWorkers(2);
    const { add, inc, sum } = world.tasks;
    const result = chain(add.s(1, 1), group([inc.s(), inc.s()]), sum.s(), inc.s()).apply();
    const cancelled = world.canceller.flow("F1").cancel({ reason: "enough" });
    await world.outcome(result); // whichever it is, nobody waits for ever
    await world.scheduler.run(cancelled);
    expect(await world.stores.plans.load("F1"), world.history.join("\n")).toContain('"inc"');
  }
});

test("members that were made while the flow runs end with all below them", async () => {
  const world = new Simulation();
  const { add, inc, numbers, sum } = world.tasks;
  const member = chain(add.s(1).set({ countdownMs: 60_000 }), group([inc.s(), inc.s()]), sum.s());
  await world.startWorkers(2);
  const result = chain(numbers.s([1, 2]), each(member), sum.s()).apply();
  await world.scheduler.run(result.published);
  await world.scheduler.drain();
  await world.scheduler.run(result.cancel({ reason: "enough" }));
  expect(await world.outcome(result)).toMatchObject({ reason: "enough" });
  await world.scheduler.drain();
  for (const join of ["F1.1.0.1", "F1.1.1.1"])
    expect(await world.stores.joins.markOf(join), join).toMatchObject({ code: "FLOW_CANCELLED" });
  expect(world.runs).toEqual(["F1.0"]);
});

test("the worker tells of the flow and of each task that it did not run", async () => {
  const world = new Simulation();
  const events: UmbelEvent[] = [];
  onTestFinished(onEvent((event) => events.push(event), ["flow.cancelled", "task.cancelled"]));
  await cancelledBefore(world, world.tasks.add.s(1, 1).apply());
  expect(events).toContainEqual(
    expect.objectContaining({ type: "flow.cancelled", flow: "F1", reason: "enough" }),
  );
  expect(events).toContainEqual(
    expect.objectContaining({ type: "task.cancelled", id: "F1", reason: "enough" }),
  );
});
