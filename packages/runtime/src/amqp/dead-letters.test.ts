import type { ConsumeMessage } from "amqplib";
import { expect, test } from "vitest";
import { deathOf } from "./dead-letters.ts";

function rawWith(headers?: Record<string, unknown>): ConsumeMessage {
  return { properties: { headers } } as ConsumeMessage;
}

const expired = { reason: "expired", queue: "celery", count: 3, exchange: "", "routing-keys": ["celery"] };
const delayed = { reason: "expired", queue: "celery_delayed_0", count: 1 };

test("the last of its deaths is the one that counts, and how often it died so", () => {
  expect(deathOf(rawWith({ "x-death": [expired, delayed] }), "dead")).toEqual({
    reason: "expired",
    queue: "celery",
    count: 3,
  });
});

test.each<[string, Record<string, unknown> | undefined]>([
  ["no headers", undefined],
  ["no x-death", {}],
  ["an x-death that is none", { "x-death": "yes" }],
  ["an empty x-death", { "x-death": [] }],
  ["an x-death without words", { "x-death": [{ reason: 1, queue: null, count: "many" }] }],
])("of what somebody put there himself nothing is known: %s", (_, headers) => {
  expect(deathOf(rawWith(headers), "dead")).toEqual({ reason: "unknown", queue: "dead", count: 1 });
});
