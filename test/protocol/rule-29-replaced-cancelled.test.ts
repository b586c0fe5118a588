import { chain, chord, group, placeTakers, scopeOf } from "@umbel/canvas";
import type { AnyStep, StoredTask } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

const FLOWS: readonly ((tasks: Simulation["tasks"]) => AnyStep)[] = [
  ({ swap, inc }) => chain(swap.s(1, "chain")).pipe(inc.s()),
  ({ swap, inc }) => chain(swap.s(1, "chord")).pipe(inc.s()),
  ({ swap, add, sum }) => chord([swap.s(1, "within"), add.s(1, 1)], sum.s()),
  ({ swap, add }) => chord([add.s(1, 1)], swap.s("each")),
];

test.each(FLOWS)("a cancel at any turn ends the steps in a task's place, too (flow %#)", async (step) => {
  const quiet = new Simulation();
  await quiet.flow(step(quiet.tasks));
  for (let at = 1; at <= quiet.scheduler.turns; at += 1) {
    let cancel = (): void => {};
    const world = new Simulation({
      fault: ({ number }) => {
        if (number === at) cancel();
        return undefined;
      },
    });
    await world.startWorkers(2);
    const open: Promise<readonly string[]>[] = [];
    world.onAcknowledged = (task) => {
      if (task === "umbel.cancel") open.push(openTakers(world));
    };
    const result = step(world.tasks).apply();
    cancel = () => void result.cancel({ reason: "enough" });
    await world.outcome(result);
    await world.scheduler.drain();
    expect((await Promise.all(open)).flat(), world.history.join("\n")).toEqual([]);
    await checkEnded(world);
  }
});

test("a race that was decided ends the steps in a loser's place", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    const { swap, add, inc } = world.tasks;
    const outcome = await world.flow(
      group([chain(add.s(1, 1), inc.s()), swap.s(1, "within")], "race").pipe(inc.s()),
    );
    expect([4, 6], `seed ${seed}`).toContain(outcome);
    await checkEnded(world);
  }
});

/** Tasks in the place of others, as it is stored, that have no outcome. */
async function openTakers({ stores: { results } }: Simulation): Promise<readonly string[]> {
  const stored = new Map<string, StoredTask>();
  for await (const batch of results.findFlow("F1")) for (const [id, task] of batch) stored.set(id, task);
  const takers = [...stored.values()].flatMap(({ replaced }) => (replaced ? [placeTakers(replaced)] : []));
  const ids = takers.flatMap((steps) => scopeOf(steps).tasks).map(({ id }) => id);
  return ids.filter((id) => (stored.get(id)?.record ?? null) === null);
}

/** Nothing is left of what took the task's place: every task that was published has an outcome, every join is closed. */
async function checkEnded(world: Simulation): Promise<void> {
  const history = world.history.join("\n");
  expect(world.server.depth("celery"), history).toBe(0);
  for (const line of world.history) {
    const published = / after publish (.*)$/.exec(line)?.[1]?.split(" ") ?? [];
    for (const id of published.filter((each) => each.startsWith("F1~") || each.includes("~")))
      expect(await world.stored(id), `${id}\n${history}`).not.toBeNull();
  }
  await world.scheduler.run(world.scheduler.sleep(30 * 86_400_000));
  for (const id of world.registered) expect(await world.join(id), `${id}\n${history}`).toBeNull();
}
