import type { AsyncResult } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryFlows } from "../support/arbitrary-flow.ts";
import { arbitraryPlan } from "../support/arbitrary-plan.ts";
import type { Flow } from "../support/drawn-flow.ts";
import { isNothing } from "../support/drawn-flow.ts";
import { evaluate } from "../support/evaluate.ts";
import { comparable, endingOf, runFlow } from "../support/flow-run.ts";
import { LAW_TIMEOUT_MS, law } from "../support/law.ts";
import type { Plan } from "../support/plan.ts";
import type { Simulation } from "../support/simulation.ts";

/** n.b. What has no call in it is sent by nobody, and its result has no family. */
const FIRST: Flow = { call: 0 };
const drawn = fc.record({ flows: arbitraryFlows, plan: arbitraryPlan });

test(
  "the children of a group that ends a flow end as its members do",
  () =>
    law(drawn, ({ flows: [before = FIRST, ...members], plan }) =>
      runFlow({ chain: [FIRST, before, { group: members }] }, plan, {
        check: async ({ world, result: { children } }) => {
          const endings = await endingsOf(children, world);
          expect(endings).toEqual(members.map((member) => endingAt([FIRST, before, member], plan)));
        },
      }),
    ),
  LAW_TIMEOUT_MS,
);

test(
  "the parents of a result end as the steps before it do",
  () =>
    law(drawn, ({ flows, plan }) =>
      runFlow({ chain: [FIRST, ...flows] }, plan, {
        check: async ({ world, result }) => {
          const endings = await endingsOf([...ancestry(result)].toReversed(), world);
          const known = flows.flatMap((_, k) =>
            isDecided(flows.slice(0, k).findLast((flow) => !isNothing(flow)))
              ? []
              : [endingAt([FIRST, ...flows.slice(0, k)], plan)],
          );
          expect(firstMissing(known, endings)).toBeUndefined();
        },
      }),
    ),
  LAW_TIMEOUT_MS,
);

/** n.b. What a group with a policy comes to is told to what follows it alone. */
function isDecided(flow: Flow | undefined): boolean {
  return flow !== undefined && JSON.stringify(flow).includes('"policy"');
}

function endingAt(steps: readonly Flow[], { input }: Plan): unknown {
  return comparable(evaluate({ chain: steps }, input).ending);
}

async function endingsOf(results: readonly AsyncResult<unknown>[], world: Simulation): Promise<unknown[]> {
  const endings: unknown[] = [];
  for (const result of results) endings.push(await endingOf(result, world));
  return endings;
}

/** A result, the one before it, and so on. */
function* ancestry(result: AsyncResult<unknown> | null): Generator<AsyncResult<unknown>> {
  if (result === null) return;
  yield result;
  yield* ancestry(result.parent);
}

/** The first of the wanted that is not there behind the ones before it; steps within steps, and gathers, are there too. */
function firstMissing(wanted: readonly unknown[], there: readonly unknown[]): unknown {
  let from = 0;
  return wanted.find((each) => {
    const at = there.findIndex((other, i) => i >= from && JSON.stringify(other) === JSON.stringify(each));
    from = at === -1 ? from : at;
    return at === -1;
  });
}
