import type { Message } from "@umbel/core";
import { encodeBundle, encodeMessage } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import { expect, test } from "vitest";
import type { Feed } from "./feed.ts";
import { Parcel } from "./parcel.ts";

const MESSAGE: Message = {
  ...{ id: "a", task: "add", args: [1], kwargs: {}, options: {}, flow: "a", parent: null },
  ...{ retries: 0, turn: 0, nonce: "n", suspect: false, next: { steps: [], join: null }, claim: null },
  ...{ replyTo: null, callbacks: [], errbacks: [], etaMs: null, expiresMs: null },
};

function delivered(count: number) {
  const told: string[] = [];
  const letters: object[] = [];
  const feed = {
    isAlive: true,
    ack: (tag: number) => told.push(`ack ${tag}`),
    requeue: (tag: number) => told.push(`requeue ${tag}`),
    put: async (letter: object) => void letters.push(letter),
  } as unknown as Feed;
  const messages = Array.from({ length: count }, (_, i) => ({ ...MESSAGE, id: `a${i}` }));
  const { body, ...properties } =
    count === 1 ? encodeMessage(MESSAGE) : encodeBundle(messages as unknown as [Message, ...Message[]]);
  const fields = { deliveryTag: 7, redelivered: true };
  const raw = { content: Buffer.from(body), properties, fields } as unknown as ConsumeMessage;
  return { told, letters, deliveries: new Parcel(raw, "q", feed, undefined).deliveries() };
}

test("what came alone is settled by itself", () => {
  const { told, deliveries } = delivered(1);
  expect(deliveries).toHaveLength(1);
  deliveries[0]?.ack();
  expect(told).toEqual(["ack 7"]);
});

test("what came together is acknowledged once, when the last of it is", () => {
  const { told, deliveries } = delivered(3);
  expect(deliveries.map(({ message, redelivered }) => [message.id, redelivered])).toEqual([
    ["a0", true],
    ["a1", true],
    ["a2", true],
  ]);
  deliveries[2]?.ack();
  deliveries[0]?.ack();
  deliveries[0]?.ack();
  deliveries[0]?.requeue();
  expect(told).toEqual([]);
  deliveries[1]?.ack();
  expect(told).toEqual(["ack 7"]);
});

test("where one of what came together goes back all of it does, when the last of it has ended", () => {
  const { told, deliveries } = delivered(3);
  deliveries[0]?.requeue();
  deliveries[1]?.ack();
  expect(told).toEqual([]);
  deliveries[2]?.ack();
  expect(told).toEqual(["requeue 7"]);
});

test("what is put aside of it is the one message, as it would have come alone", async () => {
  const { letters, deliveries } = delivered(3);
  await deliveries[1]?.deadLetter("why");
  expect(letters).toMatchObject([
    {
      content: Buffer.from("[[1],{},{}]"),
      properties: { correlationId: "a1", headers: { id: "a1", task: "add", "x-umbel-reason": "why" } },
    },
  ]);
});
