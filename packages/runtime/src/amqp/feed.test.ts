import type { ConsumeMessage } from "amqplib";
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { GuardedChannel } from "./channel.ts";
import { Feed } from "./feed.ts";
import type { Session } from "./session.ts";

/** A channel that keeps what it is told. */
class FakeChannel extends EventEmitter {
  readonly told: readonly unknown[][] = [];

  prefetch(count: number): Promise<void> {
    return this.#tell("prefetch", count);
  }

  async consume(queue: string): Promise<{ readonly consumerTag: string }> {
    await this.#tell("consume", queue);
    return { consumerTag: `tag of ${queue}` };
  }

  ack({ fields }: ConsumeMessage, multiple: boolean): void {
    void this.#tell("ack", fields.deliveryTag, multiple);
  }

  nack({ fields }: ConsumeMessage, multiple: boolean, requeue: boolean): void {
    void this.#tell("nack", fields.deliveryTag, multiple, requeue);
  }

  async close(): Promise<void> {
    this.emit("close");
  }

  async #tell(...words: readonly unknown[]): Promise<void> {
    (this.told as unknown[][]).push([...words]);
  }
}

async function open({ queues = ["q"], prefetch = 10 } = {}) {
  const channel = new FakeChannel();
  const guarded = new GuardedChannel(channel as unknown as GuardedChannel["raw"], () => null);
  const link = { isAlive: true, channel: () => Promise.resolve(guarded) };
  const session = { link, topology: { declare: () => Promise.resolve() } } as unknown as Session;
  const silent = { onMessage: () => {}, onDeleted: () => {} };
  const feed = await Feed.open(session, { queues, prefetch, defaultQueue: "celery", ...silent });
  return {
    channel,
    feed,
    acknowledged: () => channel.told.filter(([word]) => word === "ack" || word === "nack"),
  };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("acknowledgements of a turn go together, and what was put back leaves no gap", async () => {
  const { feed, acknowledged } = await open();
  feed.requeue(1);
  for (const tag of [3, 2, 5]) feed.ack(tag);
  expect(acknowledged()).toEqual([["nack", 1, false, true]]);
  await turn();
  expect(acknowledged().slice(1)).toEqual([
    ["ack", 3, true],
    ["ack", 5, false],
  ]);
  feed.ack(4);
  await turn();
  expect(acknowledged().slice(3)).toEqual([["ack", 4, true]]);
});

test("closing acknowledges first, and nothing afterwards", async () => {
  const { feed, acknowledged } = await open();
  feed.ack(1);
  await feed.close();
  expect(acknowledged()).toEqual([["ack", 1, true]]);
  feed.ack(2);
  feed.requeue(3);
  await turn();
  expect(acknowledged()).toHaveLength(1);
});

test.each([
  [10, [4, 3, 3]],
  [4, [2, 1, 1]],
  [2, [1, 1, 1]],
])("a prefetch of %d is shared by three queues", async (prefetch, shares) => {
  const { channel } = await open({ queues: ["a", "b", "c"], prefetch });
  expect(channel.told).toEqual(
    ["a", "b", "c"].flatMap((queue, i) => [
      ["prefetch", shares[i]],
      ["consume", queue],
    ]),
  );
});
