import type { Bindable, Remaining } from "./arguments.ts";
import { toJson } from "./json.ts";
import type { Json } from "./json.ts";
import type { StepOptions, TaskNode } from "./node.ts";
import { Step } from "./step.ts";
import type { Sender } from "./step.ts";

/** What a handler may return, as it arrives: a promise's value, and null for nothing. */
export type Arriving<Result> =
  Awaited<Result> extends infer Value ? (Value extends void ? null : Value) : never;

/** A named function, as its callers see it. Made by `app.task`. */
export class Task<Params extends readonly unknown[], Out> {
  readonly name: string;
  readonly #options: StepOptions;
  readonly #sender: Sender;

  constructor(name: string, options: StepOptions, sender: Sender) {
    this.name = name;
    this.#options = options;
    this.#sender = sender;
  }

  /**
   * A call of this task with its last arguments bound; results go in front of them.
   *
   * @throws {NotJson} An argument cannot travel as JSON.
   * @example
   * mul.s(8); // in a flow, after a result r, runs mul(r, 8)
   */
  s<const Bound extends Bindable<Params>>(...bound: Bound): Step<Remaining<Params, Bound>, Out> {
    return new Step(this.#node(bound, false), this.#sender);
  }

  /**
   * A call of this task with all its arguments bound; the result of the step before it is ignored.
   *
   * @throws {NotJson} An argument cannot travel as JSON.
   */
  si(...args: Params): Step<[ignored?: unknown], Out> {
    return new Step(this.#node(args, true), this.#sender);
  }

  #node(args: readonly unknown[], immutable: boolean): TaskNode {
    return {
      kind: "task",
      task: this.name,
      args: argumentsToJson(args, this.name),
      kwargs: {},
      immutable,
      options: this.#options,
    };
  }
}

/**
 * Arguments as they travel.
 *
 * @throws {NotJson} Naming the task and the path: `add: args[1].user.born is …`.
 */
export function argumentsToJson(args: readonly unknown[], task: string): readonly Json[] {
  return args.map((arg, i) => toJson(arg === undefined ? null : arg, `${task}: args[${i}]`));
}
