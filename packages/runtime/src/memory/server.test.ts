import type { Delivery, Message, Messages } from "@umbel/core";
import { expect, test } from "vitest";
import { ALL_QUEUES } from "./consumer.ts";
import { MemoryServer } from "./server.ts";

/** Messages for the queues, as many for each. */
function messagesFor(queues: readonly string[], count: number): readonly Message[] {
  return queues.flatMap((queue) =>
    Array.from({ length: count }, (_, i) => ({ id: `${queue}.${i}`, options: { queue } }) as Message),
  );
}

/** What is delivered in each turn, when all is acknowledged at once. */
async function turnsOf(
  ...publications: readonly (readonly Message[])[]
): Promise<readonly (readonly string[])[]> {
  const turns: string[][] = [];
  const waiting: (() => void)[] = [];
  const server = new MemoryServer({ defer: (deliver) => void waiting.push(deliver) });
  const onDelivery = (delivery: Delivery): void => {
    turns.at(-1)?.push((delivery.message as Message).id);
    delivery.ack();
  };
  const broker = server.connect();
  await broker.consume({ queues: [ALL_QUEUES], prefetch: 1, onDelivery });
  for (const messages of publications) await broker.publish(messages);
  for (let deliver = waiting.shift(); deliver !== undefined; deliver = waiting.shift()) {
    turns.push([]);
    deliver();
  }
  return turns.filter(({ length }) => length > 0);
}

test("what is done at once does not keep the event loop: a hundred a turn", async () => {
  const turns = await turnsOf(messagesFor(["a"], 250));
  expect(turns.map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(turns.flat()).toEqual(messagesFor(["a"], 250).map(({ id }) => id));
});

test("a long queue does not keep the others waiting for its end", async () => {
  const [all, half] = [messagesFor(["a"], 100), messagesFor(["a"], 50)];
  const [first, second] = await turnsOf(all, half, messagesFor(["b"], 10));
  expect(first?.every((id) => id.startsWith("a."))).toBe(true);
  expect(second?.slice(0, 10)).toEqual(messagesFor(["b"], 10).map(({ id }) => id));
});

test("messages of a large publication are made when there is room for them, and wait for it in order", async () => {
  const made: number[] = [];
  const all: Messages = {
    length: 2500,
    *[Symbol.iterator]() {
      for (let i = 0; i < 2500; i += 1) {
        made.push(i);
        yield { id: String(i), options: { queue: "a" } } as Message;
      }
    },
  };
  const waiting: (() => void)[] = [];
  const server = new MemoryServer({ defer: (deliver) => void waiting.push(deliver) });
  const deliveries: Delivery[] = [];
  const broker = server.connect();
  await broker.publish(all);
  await broker.publish(messagesFor(["b"], 1));
  expect(made.length).toBe(0);
  await broker.consume({
    queues: ["a", "b"],
    prefetch: 10,
    onDelivery: (each) => void deliveries.push(each),
  });
  while (waiting.length > 0) waiting.shift()?.();
  expect(made.length).toBe(100);
  for (let i = 0; i < deliveries.length; i += 1) {
    deliveries[i]?.ack();
    while (waiting.length > 0) waiting.shift()?.();
  }
  expect(deliveries.map(({ message }) => (message as Message).id)).toEqual([...made.map(String), "b.0"]);
  expect(made.length).toBe(2500);
});

test("what waits in a queue is counted with what was published and is in none yet", async () => {
  const server = new MemoryServer({ defer: () => {} });
  const broker = server.connect();
  await broker.publish(messagesFor(["a"], 1200));
  await broker.publish(messagesFor(["a", "b"], 2));
  expect([server.depth("a"), server.depth("b")]).toEqual([1202, 2]);
});
