/**
 * How long to wait before the next attempt, with full jitter.
 *
 * @param attempt - Attempts that failed so far; an integer from 1.
 * @param random - Uniform in [0, 1).
 * @returns Whole milliseconds, `0 <= delay < min(10_000, 100 * 2 ** attempt)`.
 * @source "Exponential Backoff and Jitter", AWS Architecture Blog (2015), variant "full jitter".
 * @example
 * backoffMs(1, () => 0.5); // => 100
 */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt));
}

const BASE_MS = 100;
const CAP_MS = 10_000;
