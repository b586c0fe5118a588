import fc from "fast-check";
import type { Plan, PlannedFault } from "./flow-run.ts";

/** What a flow is given. */
export const arbitraryInput = fc.array(fc.integer({ min: 500, max: 999 }), { maxLength: 2 });

const common = {
  input: arbitraryInput,
  seed: fc.nat(),
  isWritten: fc.boolean(),
  page: fc.option(fc.constantFrom(1, 500)),
};

const fault: fc.Arbitrary<PlannedFault> = fc.record({
  after: fc.oneof(fc.nat(6), fc.nat(20), fc.nat(20), fc.nat(80)),
  kind: fc.constantFrom("crash", "cut", "lose"),
});

/** One to three faults. */
export const arbitraryPlan: fc.Arbitrary<Plan> = fc.record({
  ...common,
  faults: fc.array(fault, { minLength: 1, maxLength: 3 }),
});

/** No fault. */
export const fairPlan: fc.Arbitrary<Plan> = fc.record({ ...common, faults: fc.constant([]) });
