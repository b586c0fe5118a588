import type { Json, JsonObject } from "@umbel/core";
import { GATHER_TASK, InvalidOption, fromJson, toJson } from "@umbel/core";

/** What a running task knows of itself; given to handlers of tasks with `{ bind: true }`. */
export interface TaskContext {
  /** The task's id: the same in every run of it, so that a handler can make its own effects idempotent. */
  readonly id: string;
  /** The task's name. */
  readonly task: string;
  /** The id of the flow. */
  readonly flow: string;
  /** Attempts before this one. */
  readonly retries: number;
  /** Aborts when the worker gives up waiting for this task. */
  readonly signal: AbortSignal;
}

/** Runs a task on wire values. */
export type Runner = (
  args: readonly Json[],
  kwargs: JsonObject,
  context: TaskContext,
) => Promise<Json> | Json;

// oxlint-disable-next-line typescript/no-explicit-any -- a handler takes whatever its task declares
export type AnyHandler = (...args: any[]) => unknown;

/** The tasks that an app can run, by name. */
export class Registry {
  readonly #runners = new Map<string, Runner>([[GATHER_TASK, ([values]) => values ?? []]]);

  /** @throws {InvalidOption} There is one of this name already, or the name is not usable. */
  add(name: string, handler: AnyHandler, { bind }: { readonly bind: boolean }): void {
    if (this.#runners.has(name))
      throw new InvalidOption(`a task named "${name}" is defined already on this app`);
    this.#runners.set(name, async (args, kwargs, context) => {
      const named = Object.keys(kwargs).length > 0 ? [fromJson(kwargs)] : [];
      const values = [...(bind ? [context] : []), ...args.map(fromJson), ...named];
      return toJson(await handler(...values), `the result of ${name}`);
    });
  }

  find(name: string): Runner | undefined {
    return this.#runners.get(name);
  }

  /** The names of the tasks defined here, the built-in ones not among them. */
  names(): readonly string[] {
    return [...this.#runners.keys()].filter((name) => !name.startsWith("umbel."));
  }
}
