import fc from "fast-check";
import { test } from "vitest";
import {
  arbitraryFickleFlow,
  arbitraryFlow,
  arbitraryGoingFlow,
  arbitraryGrowingFlow,
  arbitraryLinkedFlow,
  arbitraryRacingFlow,
  arbitraryTurningFlow,
  arbitraryUndoableFlow,
} from "../support/arbitrary-flow.ts";
import { arbitraryPlan, cancelledPlan, doubledPlan, eagerPlan, fairPlan } from "../support/arbitrary-plan.ts";
import type { Flow } from "../support/drawn-flow.ts";
import { runFlow } from "../support/flow-run.ts";
import { LAW_TIMEOUT_MS, law } from "../support/law.ts";
import type { Plan } from "../support/plan.ts";

const LAWS: readonly (readonly [when: string, flow: fc.Arbitrary<Flow>, plan: fc.Arbitrary<Plan>])[] = [
  ["whoever goes first and whatever dies, is cut off or not heard", arbitraryFlow, arbitraryPlan],
  ["when every task is delivered twice", arbitraryFlow, doubledPlan],
  ["without a fault, and every handler runs once", arbitraryFlow, fairPlan],
  ["when most steps have links, of success and of failure", arbitraryLinkedFlow, arbitraryPlan],
  ["whoever wins the races, and whatever the losers were doing", arbitraryRacingFlow, arbitraryPlan],
  ["when most tasks are tried again or have their place taken", arbitraryTurningFlow, arbitraryPlan],
  ["when most groups have members added to them", arbitraryGrowingFlow, arbitraryPlan],
  ["when two runs of the same do not agree", arbitraryFickleFlow, eagerPlan],
  ["until it is cancelled, and then nothing of it is left", arbitraryGoingFlow, cancelledPlan],
  ["when what has succeeded can be undone", arbitraryUndoableFlow, arbitraryPlan],
  ["until it is cancelled, and what had succeeded is undone", arbitraryUndoableFlow, cancelledPlan],
];

test.each(LAWS)(
  "the engine equals the evaluator %s",
  (_, flow, plan) => law(fc.record({ flow, plan }), (drawn) => runFlow(drawn.flow, drawn.plan)),
  LAW_TIMEOUT_MS,
);
