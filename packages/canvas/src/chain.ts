import type { AnyStep } from "@umbel/core";
import { Step, asNode, senderOf, stepsOf } from "@umbel/core";

type InputOf<S> = S extends Step<infer In extends readonly unknown[], unknown> ? In : never;
type OutputOf<S> = S extends Step<never, infer Out> ? Out : never;
type LastOf<Steps extends readonly AnyStep[]> = Steps extends readonly [...infer _, infer Last]
  ? Last
  : Steps[number];

/** Each step as it would have to be to take the result of the one before: what a mistake is compared with. */
type Linked<
  Steps extends readonly AnyStep[],
  Before extends readonly unknown[] = [unknown, ...Steps],
> = number extends Steps["length"]
  ? Alike<OutputOf<Steps[number]>>
  : {
      [Index in keyof Steps]: Index extends "0"
        ? Steps[Index]
        : Step<[input: Index extends keyof Before ? OutputOf<Before[Index]> : never], OutputOf<Steps[Index]>>;
    };

/** Of an array it is not known which step is where: each has to take what any of them gives. */
type Alike<Out> = readonly Step<[input: Out], Out>[];

/**
 * Steps one after the other, any number of them; each gets the result of the one before in front of its bound
 * arguments. One step alone is itself; none gives what it gets.
 *
 * @throws {InvalidFlow} The steps belong to different apps.
 * @example
 * chain(add.s(4, 4), mul.s(8)); // mul(add(4, 4), 8)
 */
export function chain<Value = unknown>(): Step<[value?: Value], Value>;
export function chain<const Steps extends readonly AnyStep[]>(
  ...steps: Steps extends Linked<Steps> ? Steps : Linked<Steps>
): Step<InputOf<Steps[0]>, OutputOf<LastOf<Steps>>>;
export function chain(...steps: readonly AnyStep[]): AnyStep {
  return new Step(asNode(steps.flatMap(({ node }) => stepsOf(node))), senderOf(steps));
}
