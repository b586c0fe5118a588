import type { Bindable, Remaining } from "./arguments.ts";
import { argumentsToJson } from "./arguments.ts";
import type { TaskNode } from "./node.ts";
import type { StepOptions } from "./options.ts";
import { checkedOptions } from "./options.ts";
import type { Callee } from "./over-items.ts";
import { MAP_TASK, STARMAP_TASK } from "./message.ts";
import { Chunks, chunksNode, mapNode } from "./over-items.ts";
import { Step } from "./step.ts";
import type { Sender } from "./sender.ts";

/** The first parameter of a task that needs no other. */
export type OnlyArgument<Params extends readonly unknown[]> = Params extends readonly [
  infer First,
  ...infer Others,
]
  ? [] extends Others
    ? First
    : never
  : Params extends readonly (infer Item)[]
    ? Item
    : never;

/** A named function, as its callers see it. Made by `app.task`. */
export class Task<Params extends readonly unknown[], Out> {
  readonly name: string;
  readonly #options: StepOptions;
  readonly #sender: Sender;

  constructor(name: string, options: StepOptions, sender: Sender) {
    this.name = name;
    this.#options = checkedOptions(options, name);
    this.#sender = sender;
  }

  /**
   * A call of this task with its last arguments bound; results go in front of them. They are copied now. What is
   * undefined at the end is left out, so that the handler takes its default value.
   *
   * @throws {NotJson} An argument cannot travel as JSON, or is undefined and another follows.
   * @example
   * mul.s(8); // in a flow, after a result r, runs mul(r, 8)
   */
  s<const Bound extends Bindable<Params>>(...bound: Bound): Step<Remaining<Params, Bound>, Out> {
    return new Step(this.#node(bound, false), this.#sender);
  }

  /**
   * A call of this task with all its arguments bound, as in {@link s}; the result of the step before it is ignored.
   *
   * @throws {NotJson} An argument cannot travel as JSON, or is undefined and another follows.
   */
  si(...args: Params): Step<[ignored?: unknown], Out> {
    return new Step(this.#node(args, true), this.#sender);
  }

  /**
   * One message that calls this task for each item, one after the other; the result is the list of the results. The
   * result of the step before it is ignored.
   *
   * @throws {NotJson} An item cannot travel as JSON.
   * @example
   * inc.map([1, 2, 3]); // [2, 3, 4]
   */
  map(items: Iterable<OnlyArgument<Params>>): Step<[ignored?: unknown], Out[]> {
    return new Step(mapNode(MAP_TASK, this.#callee(), items), this.#sender);
  }

  /**
   * One message that calls this task with each list of arguments, one after the other; as {@link map}.
   *
   * @throws {NotJson} An argument cannot travel as JSON.
   * @example
   * add.starmap([[1, 2], [3, 4]]); // [3, 7]
   */
  starmap(items: Iterable<Readonly<Params>>): Step<[ignored?: unknown], Out[]> {
    return new Step(mapNode(STARMAP_TASK, this.#callee(), items), this.#sender);
  }

  /**
   * A group of messages, each of which calls this task with so many lists of arguments; the result is a list of lists.
   *
   * @param size - Calls in one message; an integer from 1.
   * @throws {NotJson} An argument cannot travel as JSON.
   * @throws {InvalidOption} The size is out of its bounds.
   * @example
   * add.chunks([[1, 2], [3, 4], [5, 6]], 2); // [[3, 7], [11]]
   */
  chunks(items: Iterable<Readonly<Params>>, size: number): Chunks<Out> {
    return new Chunks(chunksNode(this.#callee(), items, size), this.#sender);
  }

  #callee(): Callee {
    return { name: this.name, options: this.#options };
  }

  #node(args: readonly unknown[], immutable: boolean): TaskNode {
    return {
      kind: "task",
      task: this.name,
      args: argumentsToJson(withoutTail(args), this.name),
      kwargs: {},
      immutable,
      options: this.#options,
    };
  }
}

/** What is undefined at the end is left out, as JavaScript has it: the handler takes its default value. */
function withoutTail(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}
