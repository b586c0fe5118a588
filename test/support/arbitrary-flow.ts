import type { AnyStep, Node } from "@umbel/core";
import { Step } from "@umbel/core";
import fc from "fast-check";
import type { Tasks } from "./simulation.ts";

/** A flow in a few words, for a generator to make and an evaluator to understand. */
export type Flow =
  | { readonly call: number }
  | { readonly boom: number }
  | { readonly chain: readonly Flow[] }
  | { readonly group: readonly Flow[] };

/** What a flow comes to: a value, or the number of the call that failed first in the order of the flow. */
export type Ending = { readonly value: unknown } | { readonly failed: number };

/** What the flow must return. Every call adds its number to the sum of all numbers that it is given. */
export function evaluate(flow: Flow, input: unknown): Ending {
  if ("call" in flow) return { value: flow.call + total(input) };
  if ("boom" in flow) return { failed: flow.boom };
  if ("chain" in flow) {
    return flow.chain.reduce<Ending>(
      (before, step) => ("failed" in before ? before : evaluate(step, before.value)),
      { value: input },
    );
  }
  const endings = flow.group.map((member) => evaluate(member, input));
  const failure = endings.find((ending) => "failed" in ending);
  return failure ?? { value: endings.map((ending) => ("value" in ending ? ending.value : null)) };
}

/** Flows of calls, some of which fail, in chains and groups of each other. */
export const arbitraryFlow: fc.Arbitrary<Flow> = fc.letrec<{ flow: Flow }>((tie) => ({
  flow: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 8, arbitrary: fc.record({ call: fc.nat(99) }) },
    { weight: 1, arbitrary: fc.record({ boom: fc.nat(99) }) },
    { weight: 3, arbitrary: fc.record({ chain: fc.array(tie("flow"), { minLength: 1, maxLength: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ group: fc.array(tie("flow"), { minLength: 1, maxLength: 3 }) }) },
  ),
})).flow;

/** The flow as a step of these tasks. */
export function stepOf(flow: Flow, { fold, boom }: Pick<Tasks, "fold" | "boom">): AnyStep {
  const nodeOf = (part: Flow): Node => {
    if ("call" in part) return fold.s(part.call).node;
    if ("boom" in part) return boom.si(part.boom).node;
    if ("chain" in part) return { kind: "chain", steps: part.chain.map(nodeOf) };
    return { kind: "group", members: part.group.map(nodeOf) };
  };
  return new Step(nodeOf(flow), fold.s(0).sender);
}

/** The sum of all numbers in a value; what is no number and no list is nothing. */
export function total(value: unknown): number {
  if (typeof value === "number") return value;
  return Array.isArray(value) ? value.reduce((sum: number, each: unknown) => sum + total(each), 0) : 0;
}
