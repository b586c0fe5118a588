import { InvalidFlow, InvalidInput, InvalidOption, InvalidOutput, NotJson, ResultTimeout } from "@umbel/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RetryTaskOptions } from "./retry-policy.ts";
import { checkedPolicy, policyDelayMs } from "./retry-policy.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

describe("the delay before the next attempt", () => {
  test("is fixed where there is no backoff: three minutes, as in Celery", () => {
    expect(policyDelayMs(checkedPolicy("t", {}), 5, 0.9)).toBe(180_000);
    expect(policyDelayMs(checkedPolicy("t", { retryDelayMs: 20 }), 5, 0.9)).toBe(20);
  });

  test("doubles with each attempt as far as its cap, without jitter", () => {
    const policy = checkedPolicy("t", { retryBackoff: { baseMs: 100, capMs: 1_000, jitter: false } });
    expect([0, 1, 2, 3, 4, 2_000].map((retries) => policyDelayMs(policy, retries, 0.5))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  test("is one second, doubled as far as ten minutes, by default", () => {
    const policy = checkedPolicy("t", { retryBackoff: true });
    expect(policy.backoff).toEqual({ baseMs: 1_000, capMs: 600_000, jitter: true });
  });

  test("is with jitter anything from 0 to that, both included", () => {
    const bounds = fc.record({
      baseMs: fc.integer({ min: 1, max: 10_000 }),
      capMs: fc.integer({ min: 10_000, max: TEN_YEARS_MS }),
      retries: fc.nat({ max: 2_000 }),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(bounds, random, ({ baseMs, capMs, retries }, dice) => {
        const { backoff } = checkedPolicy("t", { retryBackoff: { baseMs, capMs } });
        const limitMs = Math.min(capMs, baseMs * 2 ** retries);
        const delayMs = policyDelayMs({ delayMs: 0, backoff }, retries, dice);
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(limitMs);
        expect(policyDelayMs({ delayMs: 0, backoff }, retries, 0)).toBe(0);
        expect(policyDelayMs({ delayMs: 0, backoff }, retries, 1 - 2 ** -53)).toBe(limitMs);
      }),
    );
  });
});

describe("what is out of its bounds is refused, and said:", () => {
  test.each<[options: RetryTaskOptions, message: string]>([
    [{ maxRetries: -1 }, "the maxRetries of t is -1"],
    [{ maxRetries: 1.5 }, "the maxRetries of t is 1.5"],
    [{ maxRetries: Infinity }, "null for no limit"],
    [{ retryDelayMs: -1 }, "the retryDelayMs of t is -1"],
    [{ retryDelayMs: NaN }, "the retryDelayMs of t is NaN"],
    [{ retryDelayMs: TEN_YEARS_MS + 1 }, "to ten years"],
    [{ retryBackoff: { baseMs: 0 } }, "the retryBackoff.baseMs of t is 0"],
    [{ retryBackoff: { baseMs: 10, capMs: 9 } }, "milliseconds from 10 to ten years"],
    [{ autoretryFor: TypeError as never }, "the autoretryFor of t has to be a list of classes"],
    [{ autoretryFor: [5] as never }, "the autoretryFor of t has to be a list of classes"],
    [{ dontAutoretryFor: true as never }, "the dontAutoretryFor of t has to be a list of classes"],
  ])("%j", (options, message) => {
    expect(() => checkedPolicy("t", options)).toThrow(message);
  });

  test("the bounds themselves are not", () => {
    expect(checkedPolicy("t", { maxRetries: 0, retryDelayMs: 0 })).toMatchObject({
      ...{ maxRetries: 0, delayMs: 0 },
    });
    expect(checkedPolicy("t", { maxRetries: null, retryDelayMs: TEN_YEARS_MS }).maxRetries).toBeNull();
  });
});

describe("an error is retried without asking", () => {
  class Flood extends RangeError {}

  test.each<[told: string, options: RetryTaskOptions, error: unknown, isRetried: boolean]>([
    ["never by default", {}, new Error(), false],
    ["of a class that is named", { autoretryFor: [RangeError] }, new RangeError(), true],
    ["of a class below it", { autoretryFor: [RangeError] }, new Flood(), true],
    ["not of another", { autoretryFor: [RangeError] }, new TypeError(), false],
    ["where the function says so", { autoretryFor: (error) => error === 5 }, 5, true],
    ["and not where it does not", { autoretryFor: (error) => error === 5 }, 6, false],
    ["whichever it is, by true", { autoretryFor: true }, "text", true],
    ["one of ours, too", { autoretryFor: true }, new ResultTimeout("F", 1), true],
    ["but not what no attempt cures", { autoretryFor: true }, new InvalidInput("t", []), false],
    ["nor that", { autoretryFor: true }, new InvalidOutput("t", []), false],
    ["nor that", { autoretryFor: true }, new NotJson("a", "b", "c"), false],
    ["nor that", { autoretryFor: true }, new InvalidOption("a"), false],
    ["nor that", { autoretryFor: true }, new InvalidFlow("a"), false],
    ["unless it is named", { autoretryFor: [InvalidInput] }, new InvalidInput("t", []), true],
    ["not where it is excepted", { autoretryFor: true, dontAutoretryFor: [Flood] }, new Flood(), false],
    ["and others are", { autoretryFor: true, dontAutoretryFor: [Flood] }, new RangeError(), true],
    [
      "not where the function excepts it",
      { autoretryFor: [Error], dontAutoretryFor: () => true },
      new Error(),
      false,
    ],
  ])("%s", (_, options, error, isRetried) => {
    expect(checkedPolicy("t", options).isRetried(error)).toBe(isRetried);
  });
});
