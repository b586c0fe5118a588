import type { Json, JsonObject } from "@umbel/core";
import {
  GATHER_TASK,
  InvalidOption,
  MAP_TASK,
  STARMAP_TASK,
  TaskNotFound,
  collected,
  fromJson,
  toJson,
} from "@umbel/core";
import type { TaskContext } from "./context.ts";
import { contextOfItem } from "./context.ts";
import type { Eventually } from "./eventually.ts";
import { isReplacement } from "./replacement.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { isRetryRequest, underPolicy } from "./retry-request.ts";
import type { Checks } from "./validation.ts";
import { checkSchemas, validArguments, validResult } from "./validation.ts";

/** What runs a task on wire values. */
export interface Runner {
  /** Whether it needs a context. */
  readonly isBound: boolean;
  /**
   * Runs it. Where the task is to be tried again this throws a `RetryRequest` with its policy.
   *
   * @param context - Null for one that needs none.
   */
  readonly run: (args: readonly Json[], kwargs: JsonObject, context: TaskContext | null) => Eventually<Json>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a handler takes whatever its task declares
export type AnyHandler = (...args: any[]) => unknown;

/** How a task is called, besides its name. */
export interface Definition extends Checks {
  /** Whether the handler gets the context in front of its arguments. */
  readonly bind: boolean;
  /** When it is tried again. */
  readonly retry: RetryPolicy;
}

/** The tasks that an app can run, by name. */
export class Registry {
  readonly #runners = new Map<string, Runner>([
    [GATHER_TASK, { isBound: false, run: ([value = null], { keys }) => gathered(value, keys) }],
    [MAP_TASK, this.#runnerOverItems((item) => [item])],
    [STARMAP_TASK, this.#runnerOverItems(argumentsOf)],
  ]);

  /** @throws {InvalidOption} There is one of this name already, or what checks it is no schema. */
  add(name: string, handler: AnyHandler, definition: Definition): void {
    if (this.#runners.has(name))
      throw new InvalidOption(`a task named "${name}" is defined already on this app`);
    checkSchemas(name, definition);
    this.#runners.set(name, runnerOf(name, handler, definition));
  }

  find(name: string): Runner | undefined {
    return this.#runners.get(name);
  }

  /** The names of the tasks defined here, the built-in ones not among them. */
  names(): readonly string[] {
    return [...this.#runners.keys()].filter((name) => !/^(umbel|celery)\./.test(name));
  }

  /** n.b. It is bound: the task that it calls may be. */
  #runnerOverItems(spread: (item: Json) => readonly Json[]): Runner {
    return { isBound: true, run: (_, kwargs, context) => this.#overItems(kwargs, context, spread) };
  }

  /** Calls a task for each item, one after the other; the first that fails ends it. */
  async #overItems(
    { task, it }: JsonObject,
    context: TaskContext | null,
    spread: (item: Json) => readonly Json[],
  ): Promise<Json> {
    const name = (task as JsonObject | undefined)?.["task"];
    if (typeof name !== "string" || !Array.isArray(it))
      throw new InvalidOption("a map needs a task and a list `it`");
    const runner = this.find(name);
    if (runner === undefined) throw new TaskNotFound(name, this.names());
    const results: Json[] = [];
    const itemContext = context && contextOfItem(context);
    for (const item of it as readonly Json[]) {
      const result = runner.run(spread(item), {}, itemContext);
      results.push(result instanceof Promise ? await result : result);
    }
    return results;
  }
}

/** n.b. A handler that returns no promise is not awaited: a promise costs as much as many a handler. */
function runnerOf(name: string, handler: AnyHandler, { bind, retry, ...checks }: Definition): Runner {
  const call = checked(name, handler, checks);
  const ended = (result: unknown): Json => toJson(returned(result) ?? null, `the result of ${name}`);
  const later = async (result: PromiseLike<unknown>): Promise<Json> => {
    try {
      return ended(await result);
    } catch (thrown) {
      throw underPolicy(thrown, retry);
    }
  };
  const run: Runner["run"] = (args, kwargs, context) => {
    try {
      const result = call(handed(args, kwargs), bind ? [context] : []);
      return isThenable(result) ? later(result) : ended(result);
    } catch (thrown) {
      throw underPolicy(thrown, retry);
    }
  };
  return { isBound: bind, run };
}

/** What a handler is given: keyword arguments are one object behind the others. */
function handed(args: readonly Json[], kwargs: JsonObject): readonly unknown[] {
  const values = args.map(fromJson);
  return Object.keys(kwargs).length > 0 ? [...values, fromJson(kwargs)] : values;
}

/** The handler between what checks its arguments and what checks its result. */
function checked(
  name: string,
  handler: AnyHandler,
  { input, output }: Checks,
): (args: readonly unknown[], lead: readonly unknown[]) => unknown {
  if (input === undefined && output === undefined) return (args, lead) => handler(...lead, ...args);
  return async (args, lead) => {
    const valid = input === undefined ? args : await validArguments(name, input, args);
    const result = returned(await handler(...lead, ...valid));
    return output === undefined ? result : validResult(name, output, result);
  };
}

/** What a handler returned; a request is thrown. */
function returned(result: unknown): unknown {
  if (isRetryRequest(result) || isReplacement(result)) throw result;
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** n.b. Keys come from a flow that Celery sent for us: it has no records. */
function gathered(value: Json, keys: Json | undefined): Json {
  if (keys === undefined) return value;
  if (Array.isArray(value) && Array.isArray(keys))
    return collected(keys as readonly string[], value as readonly Json[]);
  throw new InvalidOption(`a gather with keys needs a list, and got ${JSON.stringify(value).slice(0, 60)}`);
}

function argumentsOf(item: Json): readonly Json[] {
  if (Array.isArray(item)) return item as readonly Json[];
  throw new InvalidOption(`starmap spreads lists of arguments, and got ${JSON.stringify(item).slice(0, 60)}`);
}
