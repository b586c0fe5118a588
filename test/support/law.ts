import fc from "fast-check";

/** How often a law is tried: ten thousand times where it may take its time. */
export const TRIALS = process.env["UMBEL_DEEP"] === "1" ? 10_000 : 200;

/** Milliseconds for the test of one law. */
export const LAW_TIMEOUT_MS = 60_000 + TRIALS * 90;

/** n.b. A test that is given up tells no counterexample: the smallest one until then is better. */
const IN_TIME = { interruptAfterTimeLimit: LAW_TIMEOUT_MS * 0.7, markInterruptAsFailure: true };

/** Checks a law with drawn values; what it throws is told with the smallest values that it throws for, and their seed. */
export function law<Drawn>(drawn: fc.Arbitrary<Drawn>, holds: (values: Drawn) => unknown): Promise<void> {
  const property = fc.asyncProperty(drawn, async (values) => void (await holds(values)));
  return fc.assert(property, { numRuns: TRIALS, ...IN_TIME });
}
