import { expect, test } from "vitest";
import { deathFailure } from "./death.ts";

test.each([
  ["expired", 1, "EXPIRED", /\(expired, once\).*queue mail.*does a worker serve that queue\?/],
  ["delivery_limit", 2, "DELIVERY_LIMIT", /\(delivery_limit, 2 times\).*queue mail.*do they die of it\?/],
  ["maxlen", 1, "QUEUE_FULL", /\(maxlen, once\).*queue mail was full/],
  ["rejected", 1, "REJECTED", /\(rejected, once\).*queue mail rejected it/],
  ["toString", 1, "REJECTED", /\(toString, once\).*queue mail/],
])("a death of %s says why, where, and how often", (reason, count, code, message) => {
  expect(deathFailure({ reason, queue: "mail", count }, "send", "F1")).toMatchObject({
    ...{ code, task: "send", id: "F1" },
    message: expect.stringMatching(message),
  });
});
