import type { ConfirmChannel, Options } from "amqplib";
import { expect, test } from "vitest";
import { send, sendConfirmed } from "./sending.ts";

const CONTENT = Buffer.from("[]");

const PROPERTIES: Options.Publish = {
  contentType: "application/json",
  headers: { id: "a", task: "add" },
  persistent: true,
  mandatory: true,
  priority: 5,
};

/** What a channel was asked to do, call by call. */
class FakeChannel {
  readonly calls: unknown[][] = [];

  publish(...args: unknown[]): void {
    this.calls.push(["publish", ...args]);
  }

  asConfirmChannel(): ConfirmChannel {
    return this as unknown as ConfirmChannel;
  }
}

/** One of the version that we know. */
class InnerChannel extends FakeChannel {
  sendMessage(...args: unknown[]): void {
    this.calls.push(["sendMessage", ...args]);
  }

  pushConfirmCallback(...args: unknown[]): void {
    this.calls.push(["pushConfirmCallback", ...args]);
  }
}

function onConfirm(): void {}

test("a message goes past amqplib's own publish, with its headers as they are", () => {
  const channel = new InnerChannel();
  sendConfirmed(channel.asConfirmChannel(), "q", CONTENT, PROPERTIES, onConfirm);
  const [sent = [], awaited] = channel.calls;
  const method = { exchange: "", routingKey: "q", mandatory: true, immediate: false };
  const said = { contentType: "application/json", deliveryMode: 2, priority: 5 };
  const fields = expect.objectContaining({ ...method, ...said });
  expect(sent).toEqual(["sendMessage", fields, fields, CONTENT]);
  expect((sent[1] as Options.Publish).headers).toBe(PROPERTIES.headers);
  expect(awaited).toEqual(["pushConfirmCallback", onConfirm]);
});

test("one that is not sent is not awaited", () => {
  const channel = new InnerChannel();
  channel.sendMessage = () => {
    throw new Error("channel closed");
  };
  const act = () => sendConfirmed(channel.asConfirmChannel(), "q", CONTENT, PROPERTIES, onConfirm);
  expect(act).toThrow("channel closed");
  expect(channel.calls).toEqual([]);
});

test("a channel of another version, that has no such thing, is published on as it says", () => {
  const channel = new FakeChannel();
  sendConfirmed(channel.asConfirmChannel(), "q", CONTENT, PROPERTIES, onConfirm);
  send(channel.asConfirmChannel(), "q", CONTENT, PROPERTIES);
  expect(channel.calls).toEqual([
    ["publish", "", "q", CONTENT, PROPERTIES, onConfirm],
    ["publish", "", "q", CONTENT, PROPERTIES],
  ]);
});
