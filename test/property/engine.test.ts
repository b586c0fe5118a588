import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryFlow, arbitraryLinkedFlow } from "../support/arbitrary-flow.ts";
import { arbitraryPlan, fairPlan } from "../support/arbitrary-plan.ts";
import { runFlow } from "../support/flow-run.ts";
import { LAW_TIMEOUT_MS, law } from "../support/law.ts";

const anyRun = fc.record({ flow: arbitraryFlow, plan: arbitraryPlan });
const linkedRun = fc.record({ flow: arbitraryLinkedFlow, plan: arbitraryPlan });
const fairRun = fc.record({ flow: arbitraryFlow, plan: fairPlan });

test(
  "the engine equals the evaluator, whoever goes first and whatever dies, is cut off or not heard",
  () => law(anyRun, ({ flow, plan }) => runFlow(flow, plan)),
  LAW_TIMEOUT_MS,
);

test(
  "the engine equals the evaluator when every task is delivered twice",
  () => law(anyRun, ({ flow, plan }) => runFlow(flow, plan, { isDoubled: true })),
  LAW_TIMEOUT_MS,
);

test(
  "without a fault every handler runs once",
  () =>
    law(fairRun, ({ flow, plan }) =>
      runFlow(flow, plan, {
        check: ({ world, expected }) => expect(world.runs).toHaveLength(expected.runs),
      }),
    ),
  LAW_TIMEOUT_MS,
);

test(
  "a link begins after each success, an error link after each failure of a call's own or of its group, both once",
  () => law(linkedRun, ({ flow, plan }) => runFlow(flow, plan)),
  LAW_TIMEOUT_MS,
);
