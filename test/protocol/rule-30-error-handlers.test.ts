import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import { isCancelled } from "@umbel/core";
import { expect, test } from "vitest";
import type { SimulationOptions, Tasks } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

/** Flows that fail, each with the id of its handler. */
const FLOWS: readonly (readonly [name: string, step: (tasks: Tasks) => AnyStep, handler: string])[] = [
  ["a call", ({ boom, same }) => boom.s(1).onFailure(same.s()), "F1+failure.0"],
  [
    "a step in a chain",
    ({ add, boom, inc, same }) => chain(add.s(1, 1), boom.si(1), inc.s()).onFailure(same.s()),
    "F1.1+failure.0",
  ],
  [
    "a body, by its members",
    ({ add, boom, sum, same }) => chord([boom.s(1), add.s(1, 1), boom.s(2)], sum.s()).onFailure(same.s()),
    "F1+error.0",
  ],
  ["a group", ({ boom, same }) => group([boom.s(1), boom.s(2)]).onFailure(same.s()), "F1+error.0"],
  [
    "a group that something follows",
    ({ add, boom, sum, same }) =>
      group([boom.s(1), add.s(1, 1)])
        .onFailure(same.s())
        .pipe(sum.s()),
    "F1.1+error.0",
  ],
  [
    "an `each` that cannot begin",
    ({ numbers, inc, same }) =>
      numbers
        .s([])
        .pipe(each(inc.s(), { policy: "any" }))
        .onFailure(same.s()),
    "F1+error.0",
  ],
  [
    "a race that is lost",
    ({ boom, same }) => group([boom.s(1), boom.s(2)], "any").onFailure(same.s()),
    "F1+error.0",
  ],
];

test.each(FLOWS)(
  "the handler of %s begins on every performance of its failure's effects",
  async (_, step, handler) => {
    const turns = (await run(step, 1)).scheduler.turns;
    for (let at = 1; at <= turns; at += 1) {
      for (const kind of ["crash", "cut", "lose"] as const) {
        const world = await run(step, at, ({ number, actor }) =>
          number === at && actor.startsWith("worker") ? kind : undefined,
        );
        expect((await world.stored(handler))?.outcome.state, `${kind} at ${at}`).toBe("SUCCESS");
      }
    }
  },
);

test.each(FLOWS)("the handler of %s runs once (rule 31)", async (_, step, handler) => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const world = await run(step, seed, undefined, true);
    expect(world.runsOf(handler), `seed ${seed}`).toBe(1);
  }
});

test("a failure before a step does not begin its handler (rule 32)", async () => {
  const world = new Simulation();
  const { boom, inc, sum, same } = world.tasks;
  const late = inc
    .s()
    .onFailure(same.s())
    .pipe(group([inc.s()]).onFailure(same.s()).pipe(sum.s()));
  await world.flow(boom.s(1).pipe(late));
  await world.flow(
    group([boom.s(1)])
      .pipe(sum.s().onFailure(same.s()))
      .pipe(inc.s().onFailure(same.s())),
  );
  expect(world.history.filter((line) => /\+(error|failure)/.test(line))).toEqual([]);
});

test("what lost a race first, and then its members, begins no handler (rule 32)", async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const world = new Simulation({ seed });
    const { add, boom, sum, same, fold, swapped } = world.tasks;
    const failing = JSON.stringify({ chain: [{ call: -1 }, { call: 1 }] });
    const losers = [
      chord([boom.s(1)], sum.s()).linkError(same.s()),
      swapped.s(0, 1, failing).linkError(same.s()),
    ];
    await world.flow(group([add.s(1, 1) as AnyStep, ...losers], "any").pipe(fold.s(1)));
    for (const id of ["F1.0.1", "F1.0.2"]) {
      const outcome = (await world.stored(id))?.outcome;
      const handler = await world.stored(`${id}+error.0`);
      const isLate = outcome !== undefined && isCancelled(outcome) && handler !== null;
      expect(isLate, `${id}, seed ${seed}`).toBe(false);
    }
  }
});

test("what is cancelled begins no handler (rule 32)", async () => {
  const world = new Simulation();
  const { add, sum, same } = world.tasks;
  const late = add.s(1, 1).set({ countdownMs: 1000 });
  const handled = chord([late.onFailure(same.s()), late], sum.s()).onFailure(same.s());
  await world.startWorkers(1);
  const result = handled.apply();
  await world.scheduler.run(result.published);
  await world.scheduler.run(result.cancel());
  await world.outcome(result);
  await world.scheduler.run(world.scheduler.sleep(600_000));
  expect(world.history.filter((line) => /publish .*\+error/.test(line))).toEqual([]);
});

test("the handler of what had failed runs although its flow is cancelled (rule 32)", async () => {
  const world = new Simulation();
  const { add, boom, sum, same } = world.tasks;
  const late = add.s(1, 1).set({ countdownMs: 1000 });
  const flow = chord([boom.s(1).onFailure(same.s().set({ countdownMs: 500 })), late], sum.s());
  await world.startWorkers(1);
  const result = flow.apply();
  await world.scheduler.run(result.published);
  await world.scheduler.drain();
  await world.scheduler.run(result.cancel());
  await world.outcome(result);
  await world.scheduler.run(world.scheduler.sleep(600_000));
  expect(world.runsOf("F1.0.0+failure.0")).toBe(1);
});

test("the handler gets the failure, its task, and its place in the group", async () => {
  const world = new Simulation();
  const { add, boom, sum, same } = world.tasks;
  await world.flow(chord([add.s(1, 1), boom.s(1), boom.s(2)], sum.s()).onFailure(same.s()));
  const failure = { name: "RangeError", code: null, task: "boom" };
  expect((await world.stored("F1+error.0"))?.outcome).toMatchObject({
    value: {
      ...{ ...failure, index: 1, message: "boom 1", id: "F1.0.1" },
      errors: [
        { ...failure, index: 1, message: "boom 1", id: "F1.0.1" },
        { ...failure, index: 2, message: "boom 2", id: "F1.0.2" },
      ],
    },
  });
});

async function run(
  step: (tasks: Tasks) => AnyStep,
  seed: number,
  fault?: SimulationOptions["fault"],
  isDoubled = false,
): Promise<Simulation> {
  const world = new Simulation({ seed, fault });
  if (isDoubled) double(world);
  expect(await world.flow(step(world.tasks))).toBeInstanceOf(Error);
  await world.scheduler.run(world.scheduler.sleep(600_000)); // nobody waits for a handler: let it end
  return world;
}

/** Every task's first message twice, the second as one that was delivered before; but what is claimed, by publication. */
function double({ server }: Simulation): void {
  const doubled = new Set<string>();
  const enqueue = server.enqueue.bind(server);
  server.enqueue = (message) => {
    enqueue(message);
    if (!doubled.has(message.id) && message.claim === null) server.putBack("celery", message);
    doubled.add(message.id);
  };
}
