import fc from "fast-check";
import { expect, test } from "vitest";
import { timeOf } from "./time.ts";

test("every time that JavaScript writes is read as it was", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => timeOf(date.toISOString()) === date.getTime()),
  );
});

test.each([
  ["2026-11-23T00:13:04.969448+00:00", "2026-11-23T00:13:04.969Z"],
  ["2026-11-23T00:13:04+05:30", "2026-11-22T18:43:04.000Z"],
  ["2026-11-23T00:13:04-0530", "2026-11-23T05:43:04.000Z"],
  ["2026-11-23T00:13:04", "2026-11-23T00:13:04.000Z"],
  ["2026-11-23 00:13:04.5", "2026-11-23T00:13:04.500Z"],
  ["2026-11-23T00:13Z", "2026-11-23T00:13:00.000Z"],
  ["2026-11-23", "2026-11-23T00:00:00.000Z"],
])("%s is %s", (iso, expected) => {
  expect(new Date(timeOf(iso) ?? NaN).toISOString()).toBe(expected);
});

test.each([
  "",
  "soon",
  "5Z",
  "foo 5",
  "2026",
  "2026-13-40T00:00:00Z",
  "2026-11-23T00:13:04+99",
  "Mon, 23 Nov 2026",
])("%j is no time", (text) => {
  expect(timeOf(text)).toBeNull();
});
