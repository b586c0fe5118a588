import type { OutcomeRecord } from "@umbel/core";
import { success } from "@umbel/core";
import { BSON } from "mongodb";
import { expect, test } from "vitest";
import { LARGEST_ARGUMENTS, LARGEST_DOCUMENT, storable } from "./storable.ts";

test("a document of the largest size is whole, and one byte more is not", () => {
  const rest = BSON.calculateObjectSize(storable(recordOf("")).document);
  for (const character of ["x", "ü", "€"]) {
    const width = Buffer.byteLength(character);
    const fill = Math.floor((LARGEST_DOCUMENT - rest) / width);
    const padding = "y".repeat((LARGEST_DOCUMENT - rest) % width);
    const largest = storable(recordOf(character.repeat(fill) + padding));
    expect(largest.isWhole).toBe(true);
    expect(BSON.calculateObjectSize(largest.document)).toBe(LARGEST_DOCUMENT);
    expect(storable(recordOf(`${character.repeat(fill)}${padding}y`)).isWhole).toBe(false);
  }
});

test("what stands in for an outcome says what came and what to do, and keeps all but the arguments", () => {
  const record = { ...recordOf("x".repeat(17_000_000)), by: "nonce", retries: 3 };
  const { document, record: instead, isWhole } = storable(record);
  expect(isWhole).toBe(false);
  expect(instead).toMatchObject({ id: "id", by: "nonce", retries: 3, args: null, kwargs: null });
  expect(instead.outcome).toMatchObject({
    state: "FAILURE",
    failure: {
      code: "RESULT_TOO_LARGE",
      message: expect.stringMatching(/16\.2 MB.*16 MB; store what is large elsewhere/),
    },
  });
  expect(document).toMatchObject({ _id: "id", status: "FAILURE", by: "nonce" });
});

test("a record with modest arguments is kept as it is", () => {
  const record = { ...recordOf("x"), args: [{ a: [1, null, true, 1.5] }], kwargs: { b: "ü" } };
  expect(storable(record).record).toBe(record);
});

test("arguments are kept up to their limit", () => {
  const kept = { ...recordOf("x"), args: ["y".repeat(LARGEST_ARGUMENTS - 10)] };
  const dropped = {
    ...recordOf("x"),
    args: ["y".repeat(LARGEST_ARGUMENTS / 2), "y".repeat(LARGEST_ARGUMENTS / 2)],
  };
  expect(storable(kept).document.args).toEqual(kept.args);
  expect(storable(dropped).document.args).toBeNull();
});

test("no document is larger than the bound says", () => {
  const args = [Array.from({ length: 9000 }, () => ""), Array.from({ length: 9000 }, (_, i) => i)];
  const kwargs = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, [{}]]));
  for (const value of ["", "€".repeat(10_000)])
    for (const called of [{}, { args, kwargs }]) {
      const { document, bytes } = storable({ ...recordOf(value), ...called });
      expect(bytes).toBeGreaterThanOrEqual(BSON.calculateObjectSize(document));
    }
});

function recordOf(value: string): OutcomeRecord {
  return {
    id: "id",
    outcome: success(value),
    by: null,
    task: "add",
    args: [],
    kwargs: {},
    flow: null,
    parent: null,
    queue: null,
    worker: null,
    retries: 0,
    turn: 0,
    startedAtMs: null,
    doneAtMs: 0,
    expiresAtMs: null,
  };
}
