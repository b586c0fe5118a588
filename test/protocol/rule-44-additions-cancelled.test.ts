import { chain, chord, each, group, scopesOfAdditions } from "@umbel/canvas";
import type { AnyStep, AsyncResult, StoredTask } from "@umbel/core";
import { InvalidFlow } from "@umbel/core";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, expect, test } from "vitest";
import type { Added } from "../support/added.ts";
import type { Tasks } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

const ADDED: readonly Added[] = [1, { chord: [2, 3] }, { value: 4, adds: [5, { chord: [6] }] }];

const FLOWS: readonly ((tasks: Tasks) => AnyStep)[] = [
  ({ adds, add, list }) => chord([adds.s(0, ADDED), add.s(1, 1)], list.s()),
  ({ adds, add, list, same }) =>
    group([chain(add.s(1, 1), adds.s(ADDED)), add.s(1, 1)], "settled")
      .pipe(list.s())
      .pipe(same.s()),
  ({ numbers, adds, list }) =>
    numbers
      .s([1, 2])
      .pipe(each(adds.s([7, 8])))
      .pipe(list.s()),
  ({ swap, list }) => chord([swap.s(1, "adding")], list.s()),
];

describe.each(FLOWS.map((step, i) => ({ step, i })))("flow $i", ({ step }) => {
  test("a cancel at any turn ends what was added, too", async () => {
    const quiet = new Simulation();
    await quiet.flow(step(quiet.tasks));
    for (let at = 1; at <= quiet.scheduler.turns; at += 1) await cancelAt(step, at, 1 + (at % 3));
  });

  test.each(["crash", "cut", "lose"] as const)("and when there is a %s of a worker then", async (kind) => {
    const quiet = new Simulation();
    await quiet.flow(step(quiet.tasks));
    for (let at = 1; at <= quiet.scheduler.turns; at += 7) {
      for (const later of [2, 7, 14]) await cancelAt(step, at, at, strikeAt(at + later, kind));
    }
  });
});

test("a race that was decided ends what was added in those that lost it", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    const { adds, add, inc, sum } = world.tasks;
    const slow = chord([adds.s(1, [{ chord: [2, 3] }, 4]), add.s(1, 1)], sum.s());
    const outcome = await world.flow(group([chain(add.s(1, 1), inc.s(), inc.s(), inc.s()), slow], "any"));
    await world.rest();
    expect([5, 12], `seed ${seed}`).toContain(outcome);
    await checkEnded(world);
  }
});

test("additions that cannot be begun end with a failure, and nobody waits for them", async () => {
  const world = new Simulation();
  const register = world.stores.joins.register.bind(world.stores.joins);
  world.stores.joins.register = async (joins) => {
    if (joins.some(({ id }) => id === "F1.0.0+")) throw new RangeError("too large");
    return register(joins);
  };
  const { adds, add, list } = world.tasks;
  const outcome = await world.flow(chord([adds.s(0, ADDED), add.s(1, 1)], list.s()));
  expect(outcome).toMatchObject({ errorMessage: "too large" });
  await world.rest();
  for (const id of ["F1.0.0+.0", "F1.0.0+.1.0.0", "F1.0.0+.1", "F1.0.0+.2"])
    expect((await world.stored(id))?.outcome, id).toMatchObject({ failure: { message: "too large" } });
  expect((await world.stored("F1"))?.outcome.state).toBe("FAILURE");
  await checkEnded(world);
});

test("only the last step of a member of a group of all or settled can add", async () => {
  const REFUSED: readonly ((tasks: Tasks) => AnyStep)[] = [
    ({ adds }) => adds.s(1, [2]),
    ({ adds }) => group([adds.s(1, [2])]),
    ({ adds, same, list }) => chord([chain(adds.s(1, [2]), same.s())], list.s()),
    ({ adds }) => group([adds.s(1, [2])], "any"),
    ({ adds }) => group([adds.s(1, [2])], "race"),
    ({ adds }) => group([adds.s(1, [2])], { quorum: 1 }),
    ({ adds, same }) => group({ a: adds.s(1, [2]) }).pipe(same.s()),
  ];
  for (const step of REFUSED) {
    const world = new Simulation();
    await world.startWorkers(1);
    const result = step(world.tasks).apply() as AsyncResult<unknown>;
    await world.outcome(result);
    await world.rest();
    const said = await Promise.all(world.runs.map(async (id) => (await world.stored(id))?.outcome));
    expect(said).toContainEqual({
      state: "FAILURE",
      failure: expect.objectContaining({ code: new InvalidFlow("").code }),
    });
    expect(world.runs.filter((id) => id.includes("+."))).toEqual([]);
  }
});

/** Runs a flow that is cancelled at a turn, and checks that nothing of it is left. */
async function cancelAt(
  step: (tasks: Tasks) => AnyStep,
  at: number,
  seed: number,
  fault: (turn: Turn) => Fault | undefined = () => undefined,
): Promise<void> {
  let cancel = (): void => {};
  const world = new Simulation({
    seed,
    fault: (turn) => {
      if (turn.number === at) cancel();
      return fault(turn);
    },
  });
  await world.startWorkers(2);
  const open: Promise<readonly string[]>[] = [];
  world.onAcknowledged = (task) => {
    if (task === "umbel.cancel") open.push(openAdditions(world));
  };
  const result = step(world.tasks).apply();
  cancel = () => void result.cancel({ reason: "enough" });
  await world.outcome(result as AsyncResult<unknown>);
  await world.rest();
  expect((await Promise.all(open)).flat(), world.history.join("\n")).toEqual([]);
  await checkEnded(world);
}

function strikeAt(at: number, kind: Fault): (turn: Turn) => Fault | undefined {
  return ({ number, actor }) => (number === at && actor.startsWith("worker") ? kind : undefined);
}

/** Tasks of what was added, as it is stored, that have no outcome. */
async function openAdditions({ stores: { results } }: Simulation): Promise<readonly string[]> {
  const stored = new Map<string, StoredTask>();
  for await (const batch of results.findFlow("F1")) for (const [id, task] of batch) stored.set(id, task);
  const records = [...stored.values()].flatMap(({ record }) => record ?? []);
  const scopes = records.flatMap(({ id, outcome }) => scopesOfAdditions(id, outcome));
  const ids = scopes.flatMap(({ tasks }) => tasks).map(({ id }) => id);
  return ids.filter((id) => (stored.get(id)?.record ?? null) === null);
}

/** Whatever was added has ended; no message is left, and no join is open. */
async function checkEnded(world: Simulation): Promise<void> {
  const history = world.history.join("\n");
  expect(world.server.depth("celery"), history).toBe(0);
  expect(await openAdditions(world), history).toEqual([]);
  await world.scheduler.run(world.scheduler.sleep(30 * 86_400_000));
  for (const id of world.registered) expect(await world.join(id), `${id}\n${history}`).toBeNull();
}
