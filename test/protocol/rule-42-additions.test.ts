import { chain, chord, each, group } from "@umbel/canvas";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, expect, test } from "vitest";
import { publications } from "../support/publications.ts";
import type { Tasks } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

const KINDS = ["crash", "cut", "lose"] as const;

/** A fault at one turn of a worker. */
function at(turn: number, kind: Fault): (turn: Turn) => Fault | undefined {
  return ({ number, actor }) => (number === turn && actor.startsWith("worker") ? kind : undefined);
}

/** A member whose every run adds something else. */
const growing = ({ spawns, add, list }: Tasks) => chord([spawns.s(), add.s(10, 10)], list.s());

/** What the group's body has to have been given: what the stored run returned, and what that added. */
async function expectStored(world: Simulation, outcome: unknown): Promise<void> {
  const history = world.history.join("\n");
  const member = await world.stored("F1.0.0");
  const count = member?.outcome.state === "SUCCESS" ? Number(member.outcome.value) : -1;
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  expect(outcome, history).toBe(JSON.stringify([count, 20, ...numbers]));
  expect(member?.outcome, history).toMatchObject({
    additions: numbers.map((n) => ({ id: `F1.0.0+.${n - 1}`, args: [n] })),
  });
  expect(await world.join("F1.0.0+"), history).toMatchObject({ size: count, count, policy: "settled" });
  const begun = new Set(world.runs.filter((id) => id.startsWith("F1.0.0+")));
  expect([...begun].toSorted()).toEqual(numbers.map((n) => `F1.0.0+.${n - 1}`).toSorted());
}

describe("what is added is what the stored run added, whatever another run of the same adds:", () => {
  test.each(KINDS)("with a %s at any turn", async (kind) => {
    const quiet = new Simulation();
    await expectStored(quiet, await quiet.flow(growing(quiet.tasks)));
    for (let turn = 1; turn <= quiet.scheduler.turns; turn += 1) {
      const world = new Simulation({ seed: turn, fault: at(turn, kind) });
      await expectStored(world, await world.flow(growing(world.tasks)));
    }
  });

  test("with two runs of the same at once", async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const world = new Simulation({ seed });
      const enqueue = world.server.enqueue.bind(world.server);
      world.server.enqueue = (message) => {
        enqueue(message);
        if (message.task === "spawns") world.server.putBack("celery", message);
      };
      await expectStored(world, await world.flow(growing(world.tasks)));
    }
  });

  test("with every message twice", async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const world = new Simulation({ seed });
      const seen = new Set<string>();
      publications(world, (message) => {
        if (seen.has(message.id)) return [];
        seen.add(message.id);
        return [{ ...message, nonce: `copy of ${message.nonce}`, suspect: true }];
      });
      await expectStored(world, await world.flow(growing(world.tasks)));
      expect(world.runsOf("F1"), `seed ${seed}`).toBe(1);
    }
  });
});

describe("the slot of a member stays open until all that it added has ended:", () => {
  const flow = ({ adds, add, list, same }: Tasks) =>
    chord([adds.s(1, [2, { value: 3, adds: [4] }]), add.s(5, 0)], list.s()).pipe(same.s());

  async function expectWaited(world: Simulation): Promise<void> {
    const outcome = await world.flow(flow(world.tasks));
    const history = world.history.join("\n");
    expect(outcome, history).toBe("[1,5,2,3,4]");
    const first = (label: string): number =>
      world.history.findIndex((line) => line.replace(/ [!(].*/, "").endsWith(label));
    for (const id of ["F1.0.0", "F1.0.0+.0", "F1.0.0+.1", "F1.0.0+.1+.0"])
      expect(first("before publish F1.1"), `${id}\n${history}`).toBeGreaterThan(first(`after put ${id}`));
    expect(await world.join("F1.0"), history).toMatchObject({ size: 2, count: 2 });
    expect(await world.join("F1.0.0+"), history).toMatchObject({ size: 2, count: 2 });
    expect(await world.join("F1.0.0+.1+"), history).toMatchObject({ size: 1, count: 1 });
  }

  test("in any order", async () => {
    for (let seed = 1; seed <= 40; seed += 1) await expectWaited(new Simulation({ seed }));
  });

  test.each(KINDS)("with a %s at any turn", async (kind) => {
    const quiet = new Simulation();
    await expectWaited(quiet);
    for (let turn = 1; turn <= quiet.scheduler.turns; turn += 1)
      await expectWaited(new Simulation({ fault: at(turn, kind) }));
  });
});

test("additions are stored in the member's outcome before anything of them begins", async () => {
  const world = new Simulation();
  await world.flow(growing(world.tasks));
  const index = (label: string): number => world.history.findIndex((line) => line.endsWith(label));
  expect(index("after put F1.0.0")).toBeGreaterThan(0);
  expect(index("before register F1.0.0+")).toBeGreaterThan(index("after put F1.0.0"));
  expect(index("before publish F1.0.0+.0")).toBeGreaterThan(index("after register F1.0.0+"));
});

test("the body's list is the members in order, then the additions by slot and position", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const world = new Simulation({ seed });
    const { numbers, adds, list } = world.tasks;
    const first = { value: 10, adds: [11, { value: 12, adds: [13] }] };
    const flow = group([numbers.s([1, 2]).pipe(each(adds.s([first, 20]))), adds.s(3, [4])]);
    expect(await world.flow(flow.pipe(list.s())), `seed ${seed}`).toBe(
      "[[1,2,10,11,12,13,20,10,11,12,13,20],3,4]",
    );
  }
});

describe("a task whose place is taken", () => {
  test("has no success, and so no additions: the call that takes its place adds its own", async () => {
    for (const kind of KINDS) {
      const quiet = new Simulation();
      const flow = ({ swap, add, list }: Tasks) => chord([swap.s(1, "adding"), add.s(1, 1)], list.s());
      expect(await quiet.flow(flow(quiet.tasks))).toBe("[1,2,2]");
      for (let turn = 1; turn <= quiet.scheduler.turns; turn += 1) {
        const world = new Simulation({ fault: at(turn, kind) });
        expect(await world.flow(flow(world.tasks)), world.history.join("\n")).toBe("[1,2,2]");
        expect(await world.stored("F1.0.0")).toMatchObject({ turn: 1, task: "adds" });
        expect(await world.join("F1.0.0+")).toMatchObject({ size: 1, count: 1 });
      }
    }
  });

  test("fails where it has added before: what it added would be lost", async () => {
    const world = new Simulation();
    const { torn, add, list } = world.tasks;
    expect(await world.flow(chord([torn.s(), chain(add.s(1, 1))], list.s()))).toMatchObject({
      errorCode: "INVALID_FLOW",
    });
    expect((await world.stored("F1.0.0"))?.outcome).toMatchObject({ failure: { code: "INVALID_FLOW" } });
    expect(world.runs.toSorted()).toEqual(["F1.0.0", "F1.0.1"]);
  });
});

test("what is added has the stamps of the member that added it", async () => {
  const world = new Simulation();
  const stamps: unknown[] = [];
  publications(world, (message) => {
    if (message.id.startsWith("F1.0.0+")) stamps.push(message.options.stamps);
    return [message];
  });
  await world.flow(growing(world.tasks).stamp({ tenant: "acme" }));
  expect(stamps.length).toBeGreaterThan(0);
  expect(stamps).toEqual(stamps.map(() => ({ tenant: "acme" })));
});
