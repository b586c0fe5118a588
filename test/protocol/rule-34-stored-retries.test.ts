import { chain, chord } from "@umbel/canvas";
import { expect, test } from "vitest";
import { publications } from "../support/publications.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("a retry is acknowledged by the store before its next turn is published", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    expect(await world.flow(world.tasks.flaky.s(1, 1))).toBe(1);
    const stored = world.history.findIndex((line) => line.endsWith("after retry F1"));
    const published = world.history.findLastIndex((line) => line.endsWith("before publish F1"));
    expect(stored, `seed ${seed}`).toBeGreaterThan(0);
    expect(stored, `seed ${seed}`).toBeLessThan(published);
  }
});

test("a suspect whose next turn is stored publishes that, as a suspect, and its handler does not run", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "retry F1.0") });
  const published = publications(world);
  const { flaky, inc } = world.tasks;
  const { runs } = world;
  expect(await world.flow(chain(flaky.s(1, 2)).pipe(inc.s()))).toBe(2);
  expect(runs).toEqual(["F1.0", "F1.0", "F1.0", "F1"]);
  expect(world.attempts.slice(0, 3)).toEqual(["F1.0 0", "F1.0 1", "F1.0 2"]);
  const turns = published.filter(({ id }) => id === "F1.0").map(({ turn, suspect }) => [turn, suspect]);
  expect(turns).toContainEqual([1, true]);
});

test("what it publishes is what was stored: the time of the next attempt does not move", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "publish F1") });
  const published = publications(world);
  expect(await world.flow(world.tasks.flaky.s(1, 1))).toBe(1);
  const again = published.filter(({ turn }) => turn === 1);
  expect(again.length).toBe(2);
  expect(new Set(again.map(({ etaMs }) => etaMs)).size).toBe(1);
});

test("the next turn is the same task with all that comes after it, one attempt on", async () => {
  const world = new Simulation();
  const published = publications(world);
  const { add, flaky, fold, inc } = world.tasks;
  const step = flaky
    .s(1)
    .set({ priority: 3, headers: { tenant: "a" }, countdownMs: 70 })
    .stamp({ by: "me" });
  const body = step.link(inc.s()).onError(fold.s());
  const began = world.scheduler.now();
  expect(await world.flow(chord([add.s(1, 1)], body).pipe(inc.s()))).toBe(3);
  const [first, second] = published.filter(({ task }) => task === "flaky");
  const { countdownMs, ...options } = first!.options;
  expect(countdownMs).toBe(70);
  expect(first?.callbacks).toHaveLength(1);
  expect(second).toEqual({
    ...first,
    options: { ...options, queue: "celery" },
    ...{ parent: first?.id, retries: 1, turn: 1, nonce: second?.nonce },
    etaMs: began + 70 + 40,
  });
  expect(second?.nonce).not.toBe(first?.nonce);
});

test("between two attempts its state is RETRY, and nobody hears of it", async () => {
  const world = new Simulation();
  const pushed: string[] = [];
  const reply = world.server.reply.bind(world.server);
  world.server.reply = (address, records) => {
    pushed.push(...records.map(({ outcome }) => outcome.state));
    reply(address, records);
  };
  const published = publications(world);
  await world.startWorkers(1);
  const { flaky, fold, inc } = world.tasks;
  const result = flaky.s(1, 1).link(inc.s()).onError(fold.s()).apply();
  await world.scheduler.run(result.published);
  await world.scheduler.drain();
  expect(await world.scheduler.run(result.state())).toBe("RETRY");
  expect(published.map(({ task }) => task)).toEqual(["flaky", "flaky"]);
  expect(await world.outcome(result)).toBe(1);
  await world.scheduler.drain();
  expect(pushed).toEqual(["SUCCESS"]);
  expect(published.map(({ task }) => task)).toEqual(["flaky", "flaky", "inc"]);
});
