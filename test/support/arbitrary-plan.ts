import fc from "fast-check";
import type { Plan, PlannedCancel, PlannedFault } from "./plan.ts";

/** What a flow is given. */
export const arbitraryInput = fc.array(fc.integer({ min: 500, max: 999 }), { maxLength: 2 });

const common = {
  input: arbitraryInput,
  seed: fc.nat(),
  isWritten: fc.boolean(),
  gatherMs: fc.constantFrom(null, 0, 5),
  isDoubled: fc.constant(false),
  deaf: fc.constant(0),
  page: fc.option(fc.constantFrom(1, 500)),
  cancels: fc.constant([]),
};

const after = fc.oneof(fc.nat(6), fc.nat(20), fc.nat(20), fc.nat(80));

const fault: fc.Arbitrary<PlannedFault> = fc.record({
  after,
  kind: fc.constantFrom("crash", "cut", "lose"),
});

const cancel: fc.Arbitrary<PlannedCancel> = fc.record({ after, by: fc.constantFrom("result", "id") });

const faults = fc.array(fault, { minLength: 1, maxLength: 3 });

/** One to three faults, and workers that hear no signals. */
export const arbitraryPlan: fc.Arbitrary<Plan> = fc.record({
  ...common,
  deaf: fc.constantFrom(0, 0, 1),
  faults,
});

/** One to three faults, and every message is delivered twice. */
export const doubledPlan: fc.Arbitrary<Plan> = fc.record({
  ...common,
  faults: fc.array(fault, { maxLength: 3 }),
  isDoubled: fc.constant(true),
});

/** One to three faults, and every message may be delivered twice. */
export const eagerPlan: fc.Arbitrary<Plan> = fc.record({ ...common, faults, isDoubled: fc.boolean() });

/** No fault. */
export const fairPlan: fc.Arbitrary<Plan> = fc.record({ ...common, faults: fc.constant([]) });

/** One or two cancels, with or without faults, copies and workers that do not hear of it. */
export const cancelledPlan: fc.Arbitrary<Plan> = fc.record({
  ...common,
  deaf: fc.nat(3),
  isDoubled: fc.boolean(),
  faults: fc.oneof(fc.constant([]), faults),
  cancels: fc.array(cancel, { minLength: 1, maxLength: 2 }),
});
