import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("pauses double up to 10 s, and any part of one may be drawn", () => {
  const longest = (attempt: number): number => backoffMs(attempt, () => 1 - Number.EPSILON) + 1;
  expect([1, 2, 3, 6, 7, 8, 2_000].map(longest)).toEqual([200, 400, 800, 6_400, 10_000, 10_000, 10_000]);
  expect(backoffMs(3, () => 0)).toBe(0);
  expect(backoffMs(3, () => 0.5)).toBe(400);
});

test("a pause is whole, and within its bounds", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, dice) => {
        const pauseMs = backoffMs(n, () => dice);
        expect(Number.isInteger(pauseMs)).toBe(true);
        expect(pauseMs).toBeGreaterThanOrEqual(0);
        expect(pauseMs).toBeLessThan(Math.min(10_000, 100 * 2 ** n));
      },
    ),
  );
});
