import type { Delivery, Message } from "@umbel/core";
import { expect, test } from "vitest";
import { ALL_QUEUES, MemoryServer } from "./broker.ts";

/** Messages for the queues, as many for each. */
function messagesFor(queues: readonly string[], count: number): readonly Message[] {
  return queues.flatMap((queue) =>
    Array.from({ length: count }, (_, i) => ({ id: `${queue}.${i}`, options: { queue } }) as Message),
  );
}

/** What is delivered in each turn, when all is acknowledged at once. */
async function turnsOf(messages: readonly Message[]): Promise<readonly (readonly string[])[]> {
  const turns: string[][] = [];
  const waiting: (() => void)[] = [];
  const server = new MemoryServer({ defer: (deliver) => void waiting.push(deliver) });
  const onDelivery = (delivery: Delivery): void => {
    turns.at(-1)?.push((delivery.message as Message).id);
    delivery.ack();
  };
  const broker = server.connect();
  await broker.consume({ queues: [ALL_QUEUES], prefetch: 1, onDelivery });
  await broker.publish(messages);
  for (let deliver = waiting.shift(); deliver !== undefined; deliver = waiting.shift()) {
    turns.push([]);
    deliver();
  }
  return turns.filter(({ length }) => length > 0);
}

test("what is done at once does not keep the event loop: a thousand a turn", async () => {
  const turns = await turnsOf(messagesFor(["a"], 2500));
  expect(turns.map(({ length }) => length)).toEqual([1000, 1000, 500]);
  expect(turns.flat()).toEqual(messagesFor(["a"], 2500).map(({ id }) => id));
});

test("a long queue does not keep the others waiting for its end", async () => {
  const [first, second] = await turnsOf([...messagesFor(["a"], 1500), ...messagesFor(["b"], 10)]);
  expect(first?.every((id) => id.startsWith("a."))).toBe(true);
  expect(second?.slice(0, 10)).toEqual(messagesFor(["b"], 10).map(({ id }) => id));
});
