import { chain } from "@umbel/canvas";
import { expect, test, vi } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

test("what nobody wants to know is neither stored nor pushed, and is acknowledged", async () => {
  const world = new Simulation();
  const acknowledged: (string | null)[] = [];
  world.onAcknowledged = (task) => acknowledged.push(task);
  const pushed = vi.spyOn(world.server, "reply");
  await world.startWorkers(2);
  world.tasks.add.s(1, 2).set({ ignoreResult: true }).apply();
  await world.scheduler.drain();
  expect(world.runsOf("F1")).toBe(1);
  expect(acknowledged).toHaveLength(1);
  expect(world.history.filter((line) => /put|reply/.test(line))).toEqual([]);
  expect(pushed).not.toHaveBeenCalled();
});

test("a worker that dies while it runs leaves it to another one, which runs it again", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "handle F1") });
  const acknowledged: (string | null)[] = [];
  world.onAcknowledged = (task) => acknowledged.push(task);
  await world.startWorkers(2);
  world.tasks.fold.s(1, 7).set({ ignoreResult: true }).apply();
  await world.scheduler.drain();
  expect(world.runsOf("F1")).toBe(2);
  expect(acknowledged).toHaveLength(1);
});

test("the last step of a fused chain that nobody wants to know of has a message of its own", async () => {
  const world = new Simulation({ fusion: true });
  const { add, inc } = world.tasks;
  await world.startWorkers(1);
  chain(add.s(1, 1), inc.s(), inc.s().set({ ignoreResult: true })).apply();
  await world.scheduler.drain();
  const done = world.history
    .filter((line) => / after (put|publish) /.test(line))
    .map((line) => line.replace(/^\S+ after /, ""));
  expect(done).toEqual(["put F1.0", "publish F1.0", "put F1.1", "publish F1"]);
});
