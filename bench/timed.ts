import type { Json } from "@umbel/core";
import type { Done } from "./row.ts";

/** Does the work, and says how long it took. */
export async function timed(work: () => Promise<Json>): Promise<Done> {
  const sinceMs = performance.now();
  const answer = await work();
  return { ms: performance.now() - sinceMs, answer };
}

/**
 * Calls so many times, with no more than `open` of them unsettled.
 *
 * @param call - Is given the number of the call, from 0.
 */
export async function windowed(
  count: number,
  open: number,
  call: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: Math.min(open, count) }, lane));
}

/** `0, 1, … count - 1`. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** The sum of {@link upTo}. */
export function sumUpTo(count: number): number {
  return (count * (count - 1)) / 2;
}
