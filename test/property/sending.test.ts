import type { AsyncResult, Message } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryFlow } from "../support/arbitrary-flow.ts";
import { fairPlan } from "../support/arbitrary-plan.ts";
import { waysOf } from "../support/evaluate.ts";
import { comparable, endingOf, simulate } from "../support/flow-run.ts";
import { stepOf } from "../support/flow-step.ts";
import { LAW_TIMEOUT_MS, law } from "../support/law.ts";
import type { Simulation } from "../support/simulation.ts";

test(
  "a step that is sent twice is two flows, alike but for their ids, and is what it was before",
  () =>
    law(fc.record({ flow: arbitraryFlow, plan: fairPlan }), async ({ flow: drawn, plan }) => {
      const flow = { chain: [drawn, { call: 0 }] }; // n.b. without a call it would be sent by nobody
      const world = simulate(plan);
      const firsts = recordFirsts(world);
      const step = stepOf(flow, world.tasks);
      const before = JSON.stringify(step.node);
      await world.startWorkers(2);
      const [one, other] = [step.apply(...plan.input), step.apply(...plan.input)] as AsyncResult<unknown>[];
      const expected = waysOf(flow, plan.input).map(({ ending }) => comparable(ending));
      expect(expected).toContainEqual(await endingOf(one as AsyncResult<unknown>, world));
      expect(expected).toContainEqual(await endingOf(other as AsyncResult<unknown>, world));
      expect(JSON.stringify(step.node)).toBe(before);
      expect(firsts("F2")).not.toBe("");
      expect(firsts("F2")).toBe(firsts("F1").replaceAll(/"F1/g, '"F2'));
    }),
  LAW_TIMEOUT_MS,
);

/** Keeps what the client publishes: the messages that each flow begins with, all but their nonces. */
function recordFirsts({ server }: Simulation): (flow: string) => string {
  const firsts = new Map<string, string>();
  const enqueue = server.enqueue.bind(server);
  server.enqueue = (message: Message) => {
    const { nonce: _, ...plan } = message;
    if (message.parent === null) firsts.set(message.flow, JSON.stringify([firsts.get(message.flow), plan]));
    enqueue(message);
  };
  return (flow) => firsts.get(flow) ?? "";
}
