import type { AnyStep } from "@umbel/core";
import { Step, senderOf } from "@umbel/core";

type InputOf<S> = S extends Step<infer In extends readonly unknown[], unknown> ? In : never;
type OutputOf<S> = S extends Step<never, infer Out> ? Out : never;
type LastOf<Steps> = Steps extends readonly [...infer _, infer Last] ? Last : never;

/** Each step as it would have to be to take the result of the one before: what a mistake is compared with. */
type Linked<Steps extends readonly AnyStep[], Before extends readonly unknown[] = [unknown, ...Steps]> = {
  [Index in keyof Steps]: Index extends "0"
    ? Steps[Index]
    : Step<[input: Index extends keyof Before ? OutputOf<Before[Index]> : never], OutputOf<Steps[Index]>>;
};

/**
 * Steps one after the other, any number from one; each gets the result of the one before in front of its bound
 * arguments.
 *
 * @throws {InvalidFlow} The steps belong to different apps.
 * @example
 * chain(add.s(4, 4), mul.s(8)); // mul(add(4, 4), 8)
 */
export function chain<const Steps extends readonly [AnyStep, ...AnyStep[]]>(
  ...steps: Steps extends Linked<Steps> ? Steps : Linked<Steps>
): Step<InputOf<Steps[0]>, OutputOf<LastOf<Steps>>> {
  return new Step({ kind: "chain", steps: steps.map(({ node }) => node) }, senderOf(steps));
}
