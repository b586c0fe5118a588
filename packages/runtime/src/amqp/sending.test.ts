import type { ConfirmChannel, Options } from "amqplib";
import { expect, test, vi } from "vitest";
import { send, sendConfirmed } from "./sending.ts";

const CONTENT = Buffer.from("[]");

const PROPERTIES: Options.Publish = {
  contentType: "application/json",
  headers: { id: "a", task: "add" },
  persistent: true,
  mandatory: true,
  priority: 5,
};

test("a message goes past amqplib's own publish, with its headers as they are", () => {
  const channel = { sendMessage: vi.fn(), pushConfirmCallback: vi.fn(), publish: vi.fn() };
  const onConfirm = vi.fn();
  sendConfirmed(channel as unknown as ConfirmChannel, "q", CONTENT, PROPERTIES, onConfirm);
  expect(channel.publish).not.toHaveBeenCalled();
  const [fields, properties, content] = channel.sendMessage.mock.calls[0] as [object, object, Buffer];
  expect(fields).toMatchObject({ exchange: "", routingKey: "q", mandatory: true, immediate: false });
  expect(properties).toMatchObject({ deliveryMode: 2, contentType: "application/json", priority: 5 });
  expect((properties as Options.Publish).headers).toBe(PROPERTIES.headers);
  expect(content).toBe(CONTENT);
  expect(channel.pushConfirmCallback).toHaveBeenCalledExactlyOnceWith(onConfirm);
});

test("one that is not sent is not awaited", () => {
  const ended = () => {
    throw new Error("channel closed");
  };
  const channel = { sendMessage: ended, pushConfirmCallback: vi.fn() };
  const act = () => sendConfirmed(channel as unknown as ConfirmChannel, "q", CONTENT, PROPERTIES, vi.fn());
  expect(act).toThrow("channel closed");
  expect(channel.pushConfirmCallback).not.toHaveBeenCalled();
});

test("a channel of another version, that has no such thing, is published on as it says", () => {
  const channel = { publish: vi.fn() };
  const onConfirm = vi.fn();
  sendConfirmed(channel as unknown as ConfirmChannel, "q", CONTENT, PROPERTIES, onConfirm);
  send(channel as unknown as ConfirmChannel, "q", CONTENT, PROPERTIES);
  expect(channel.publish.mock.calls).toEqual([
    ["", "q", CONTENT, PROPERTIES, onConfirm],
    ["", "q", CONTENT, PROPERTIES],
  ]);
});
