import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { GuardedChannel } from "./channel.ts";

function guard(reasonOfLink: () => string | null = () => null) {
  const raw = new EventEmitter();
  return { raw, channel: new GuardedChannel(raw as unknown as GuardedChannel["raw"], reasonOfLink) };
}

test("a channel ends for the reason that the broker gave", async () => {
  const { raw, channel } = guard();
  raw.emit("error", new Error("406 PRECONDITION_FAILED"));
  expect(channel.isOpen).toBe(true);
  raw.emit("close");
  expect(channel.isOpen).toBe(false);
  expect(await channel.ended).toBe("406 PRECONDITION_FAILED");
});

test("a channel that ends just before its connection does ends for the connection's reason", async () => {
  let reason: string | null = null;
  const { raw, channel } = guard(() => reason);
  raw.emit("close");
  reason = "CONNECTION_FORCED";
  expect(await channel.ended).toBe("CONNECTION_FORCED");
});

test("a bug in a callback is not swallowed", () => {
  const { raw } = guard();
  expect(() => raw.emit("handler-error", new Error("a bug"))).toThrow("a bug");
});
