import type { AnyStep } from "@umbel/core";
import { Step, senderOf } from "@umbel/core";

/** Steps one after the other; each gets the result of the one before in front of its bound arguments. */
export function chain<In extends readonly unknown[], Out>(first: Step<In, Out>): Step<In, Out>;
export function chain<In extends readonly unknown[], A, Out>(
  first: Step<In, A>,
  second: Step<[input: NoInfer<A>], Out>,
): Step<In, Out>;
export function chain<In extends readonly unknown[], A, B, Out>(
  first: Step<In, A>,
  second: Step<[input: NoInfer<A>], B>,
  third: Step<[input: NoInfer<B>], Out>,
): Step<In, Out>;
export function chain<In extends readonly unknown[], A, B, C, Out>(
  first: Step<In, A>,
  second: Step<[input: NoInfer<A>], B>,
  third: Step<[input: NoInfer<B>], C>,
  fourth: Step<[input: NoInfer<C>], Out>,
): Step<In, Out>;
export function chain(...steps: readonly AnyStep[]): AnyStep {
  return new Step({ kind: "chain", steps: steps.map(({ node }) => node) }, senderOf(steps));
}
