import type { Json, JsonObject } from "@umbel/core";

/**
 * AMQP's headers as JSON: byte strings become Celery's `{"__type__": "base64"}`, numbers that are none become null.
 * Timestamps and decimals stay the tagged maps that amqplib makes of them.
 */
export function jsonHeaders(headers: Readonly<Record<string, unknown>>): JsonObject {
  return Object.values(headers).every(isPlain)
    ? (headers as JsonObject)
    : Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, jsonOf(value)]));
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || value === null || typeof value === "boolean" || Number.isFinite(value);
}

function jsonOf(value: unknown): Json {
  if (isPlain(value)) return value as Json;
  if (Buffer.isBuffer(value)) return { __type__: "base64", __value__: value.toString("base64") };
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object" || value === null) return null;
  return jsonHeaders(value as Readonly<Record<string, unknown>>);
}
