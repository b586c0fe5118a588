import { chord } from "@umbel/canvas";
import type { Message } from "@umbel/core";
import { isUndecodable } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

/** Everything that is published in a run, as the broker has it. */
function published(world: Simulation): readonly Message[] {
  const messages: Message[] = [];
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.enqueue = (message) => {
    if (!isUndecodable(message)) messages.push(message);
    enqueue(message);
  };
  return messages;
}

test("every publication has a nonce of its own", async () => {
  const world = new Simulation();
  const messages = published(world);
  await world.flow(chord([world.tasks.add.s(1, 1), world.tasks.add.s(2, 2)], world.tasks.sum.s()));
  const nonces = messages.map(({ nonce }) => nonce);
  expect(nonces).not.toContain(null);
  expect(new Set(nonces).size).toBe(nonces.length);
});

test("an outcome stores the nonce of the publication whose run wrote it", async () => {
  const world = new Simulation();
  const messages = published(world);
  await world.flow(world.tasks.add.s(1, 1));
  const [only] = messages;
  expect((await world.stored("F1"))?.by).toBe(only?.nonce);
});
