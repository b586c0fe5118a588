import type { AsyncResult } from "./async-result.ts";
import { InvalidFlow } from "./errors.ts";
import type { Node, StepOptions } from "./node.ts";
import { withOptions } from "./node.ts";

declare const types: unique symbol;

/** Whatever sends flows: the app. Steps know it, so that they can be applied where they stand. */
export interface Sender {
  /** The app's name, for error texts. */
  readonly name: string;
  /** Sends a flow; `input` goes in front of the arguments of its first step. */
  send<Out>(node: Node, input: readonly unknown[]): AsyncResult<Out>;
}

/**
 * A call of a task, or calls arranged: what a flow is before it is sent. Immutable; it can be sent twice.
 *
 * `In` is what it still needs in front of its bound arguments, `Out` what its result is.
 */
export class Step<in In extends readonly unknown[], out Out> {
  declare readonly [types]: (...args: In) => Out;
  /** The plain data behind it. */
  readonly node: Node;
  /** The app it belongs to. */
  readonly sender: Sender;

  constructor(node: Node, sender: Sender) {
    this.node = node;
    this.sender = sender;
  }

  /**
   * This step, then the next one, which gets this one's result in front of its bound arguments.
   *
   * After a group the next step gets the list of its members' results, once all of them have one.
   *
   * @throws {InvalidFlow} The steps belong to different apps.
   */
  pipe<Next>(next: Step<[input: Out], Next>): Step<In, Next> {
    const before = this.node.kind === "chain" ? this.node.steps : [this.node];
    const after = next.node.kind === "chain" ? next.node.steps : [next.node];
    return new Step({ kind: "chain", steps: [...before, ...after] }, senderOf([this, next]));
  }

  /** This step with options for its tasks, where they do not say otherwise themselves. */
  set(options: StepOptions): Step<In, Out> {
    if (this.node.kind !== "task") return new Step(withOptions(this.node, options), this.sender);
    return new Step({ ...this.node, options: { ...this.node.options, ...options } }, this.sender);
  }

  /**
   * Sends the flow. Returns at once; `published` of the result tells when the broker has it.
   *
   * @param input - What the first step still needs, in front of its bound arguments.
   * @throws {NotJson} One of it cannot travel as JSON, or is undefined.
   */
  apply(...input: In): AsyncResult<Out> {
    return this.sender.send<Out>(this.node, input);
  }
}

/** A step of which nothing is known but that it is one. */
// oxlint-disable-next-line typescript/no-explicit-any -- any input, any output: `never` and `unknown` would not be inferred from
export type AnyStep = Step<any, any>;

/**
 * The app that all these steps belong to.
 *
 * @throws {InvalidFlow} There is no step, or they belong to different apps.
 */
export function senderOf(steps: readonly { readonly sender: Sender }[]): Sender {
  const [first, ...others] = steps;
  if (first === undefined) throw new InvalidFlow("a flow needs at least one step to know which app sends it");
  const other = others.find((step) => step.sender !== first.sender);
  if (other === undefined) return first.sender;
  throw new InvalidFlow(
    `one flow has steps of two apps ("${first.sender.name}" and "${other.sender.name}"); define its tasks on one app`,
  );
}
