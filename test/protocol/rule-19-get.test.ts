import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

test("a result whose push was lost is found by the slow read", async () => {
  const world = new Simulation();
  world.server.reply = () => {};
  expect(await world.flow(world.tasks.add.s(1, 1))).toBe(2);
  expect(world.history.some((line) => line.startsWith("client before find F1"))).toBe(true);
});

test("a result that came while the client was cut off is read when it is back, without waiting", async () => {
  const world = new Simulation();
  await world.startWorkers(1);
  const reply = world.server.reply.bind(world.server);
  world.server.reply = () => {};
  const result = world.tasks.add.s(1, 1).apply();
  const waiting = result.get();
  await world.scheduler.drain();
  const before = world.scheduler.now();
  world.server.reply = reply;
  world.server.cut(world.brokerOf("client"));
  expect(await world.scheduler.run(waiting)).toBe(2);
  expect(world.scheduler.now()).toBe(before);
});

test("a pushed result needs no read at all", async () => {
  const world = new Simulation();
  expect(await world.flow(world.tasks.add.s(1, 1))).toBe(2);
  expect(world.history.filter((line) => line.startsWith("client") && line.includes(" find "))).toEqual([]);
});

test("the client listens before it publishes", async () => {
  const world = new Simulation();
  const order: string[] = [];
  const listen = world.server.listen.bind(world.server);
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.listen = (...args) => (order.push("listen"), listen(...args));
  world.server.enqueue = (...args) => (order.push("publish"), enqueue(...args));
  await world.flow(world.tasks.add.s(1, 1));
  expect(order).toEqual(["listen", "publish"]);
});
