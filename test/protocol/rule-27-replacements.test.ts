import { chain, chord, group } from "@umbel/canvas";
import { expect, test } from "vitest";
import { publications } from "../support/publications.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("a task whose place was taken is stored so before anything of that begins", async () => {
  const world = new Simulation();
  const { swap } = world.tasks;
  expect(await world.flow(swap.s(1, "chord"))).toBe(4);
  const at = (label: string): number => world.history.findIndex((line) => line.endsWith(` ${label}`));
  expect(at("after replace F1")).toBeGreaterThan(0);
  expect(at("before register F1~1.0")).toBeGreaterThan(at("after replace F1"));
});

test("what one run decided is what every run goes on with: the steps of two are never mixed", async () => {
  for (const [kind, phase] of [
    ["crash", "before"],
    ["crash", "after"],
    ["lose", "after"],
    ["cut", "after"],
  ] as const) {
    const world = new Simulation({ fault: strike(kind, phase, "replace F1") });
    const { grown, add } = world.tasks;
    const outcome = await world.flow(chain(grown.s()).pipe(add.s(100)));
    const stored = await world.stored("F1.0");
    expect(outcome, kind).toBe(100 + Number(stored?.outcome.state === "SUCCESS" && stored.outcome.value));
    const members = new Set(world.runs.filter((id) => id.startsWith("F1.0~1.0.")));
    expect(members.size, kind).toBe(Number(outcome) - 100);
  }
});

test("the steps of two runs are never mixed in pages either", async () => {
  const pageSizes = { whole: 0, page: 1 };
  for (const kind of ["crash", "cut"] as const) {
    for (let at = 1; at <= 30; at += 1) {
      const world = new Simulation({
        pageSizes,
        fault: ({ number, actor }) => (number === at && actor.startsWith("worker") ? kind : undefined),
      });
      const outcome = Number(await world.flow(world.tasks.trebled.s()));
      const taker = (await world.stored("F1~1.0"))?.outcome;
      expect(taker?.state === "SUCCESS" && 3 * Number(taker.value), world.history.join("\n")).toBe(outcome);
    }
  }
});

test("a message of the turn before, that comes late, publishes the stored steps again and runs nothing twice", async () => {
  const world = new Simulation();
  const { add, swap, inc } = world.tasks;
  let copies = 0;
  publications(world, (message) => {
    if (message.task !== "swap") return [];
    copies += 1;
    return [{ ...message, nonce: "copy" }];
  });
  expect(await world.flow(chain(add.s(0, 1)).pipe(swap.s("chain")).pipe(inc.s()))).toBe(4);
  await world.scheduler.drain();
  expect(copies).toBe(1);
  expect((await world.stored("F1.1"))?.turn).toBe(1);
  expect(world.runs.filter((id) => id.startsWith("F1.1~1"))).toEqual(["F1.1~1.0", "F1.1~1"]);
});

test("its slot, its tail and its links stay the task's", async () => {
  const world = new Simulation();
  const { swap, add, list, note } = world.tasks;
  const linked = swap.s(2, "chord").link(note.s(1));
  expect(await world.flow(group([add.s(0, 1), linked]).pipe(list.s()))).toBe("[1,6]");
  expect(world.notes.map(({ note: number, given }) => [number, given])).toEqual([[1, 6]]);
  expect((await world.stored("F1.0.1"))?.outcome).toEqual({ state: "SUCCESS", value: 6 });
});

test("its error links begin once when the steps in its place fail, with its own id, whatever crashes", async () => {
  const flow = ({ swap, add, sum, note }: Simulation["tasks"]) =>
    chord([swap.s(1, "failingChord").linkError(note.si(0, 7)), add.s(1, 1)], sum.s());
  const quiet = new Simulation();
  await quiet.flow(flow(quiet.tasks));
  expect(quiet.notes.map(({ note }) => note)).toEqual([7]);
  for (let at = 1; at <= quiet.scheduler.turns; at += 1) {
    const world = new Simulation({
      fault: ({ number, actor }) => (number === at && actor.startsWith("worker") ? "crash" : undefined),
    });
    expect(await world.flow(flow(world.tasks))).toMatchObject({ errorMessage: "boom 1" });
    expect(new Set(world.notes.map(({ id }) => id)).size, world.history.join("\n")).toBe(1);
  }
});

test("one call in its place counts its attempts from the beginning", async () => {
  const world = new Simulation();
  const { swap } = world.tasks;
  expect(await world.flow(swap.s(1, "flaky"))).toBe(1);
  const record = await world.stored("F1");
  expect([record?.task, record?.turn, record?.retries]).toEqual(["flaky", 2, 1]);
});

test("the join of a body is let go when the steps in its place fail", async () => {
  const world = new Simulation();
  const { add, swap } = world.tasks;
  await world.flow(chord([add.s(1, 1)], swap.s("failingChord")));
  await world.scheduler.run(world.scheduler.sleep(30 * 86_400_000));
  for (const id of world.registered) expect(await world.join(id), id).toBeNull();
});

test("a body whose place a chord took runs that once, though every message comes twice (rule 28)", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new Simulation({ seed });
    const seen = new Set<string>();
    publications(world, (message) => {
      const key = `${message.id} ${message.turn}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ ...message, nonce: `copy of ${message.nonce}`, suspect: true }];
    });
    const { add, swap, inc } = world.tasks;
    const flow = chord([add.s(1, 1), add.s(0, 1)], swap.s("chord")).pipe(inc.s());
    expect(await world.flow(flow), `seed ${seed}`).toBe(9);
    expect(world.runsOf("F1.1"), `seed ${seed}`).toBe(1);
    expect(world.runsOf("F1.1~1"), `seed ${seed}`).toBe(1);
  }
});
