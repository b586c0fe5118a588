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
import { isReplacement } from "./replacement.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { isRetryRequest, underPolicy } from "./retry-request.ts";
import type { Checks } from "./validation.ts";
import { checkSchemas, validArguments, validResult } from "./validation.ts";

/** Runs a task on wire values. Where the task is to be tried again it throws a `RetryRequest` with its policy. */
export type Runner = (
  args: readonly Json[],
  kwargs: JsonObject,
  context: TaskContext,
) => Promise<Json> | Json;

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
    [GATHER_TASK, ([value = null], { keys }) => gathered(value, keys)],
    [MAP_TASK, (_, kwargs, context) => this.#overItems(kwargs, context, (item) => [item])],
    [STARMAP_TASK, (_, kwargs, context) => this.#overItems(kwargs, context, argumentsOf)],
  ]);

  /** @throws {InvalidOption} There is one of this name already, or what checks it is no schema. */
  add(name: string, handler: AnyHandler, { bind, retry, ...checks }: Definition): void {
    if (this.#runners.has(name))
      throw new InvalidOption(`a task named "${name}" is defined already on this app`);
    checkSchemas(name, checks);
    const run = checked(name, handler, checks);
    this.#runners.set(name, async (args, kwargs, context) => {
      const named = Object.keys(kwargs).length > 0 ? [fromJson(kwargs)] : [];
      try {
        const result = await run([...args.map(fromJson), ...named], bind ? [context] : []);
        return toJson(result ?? null, `the result of ${name}`);
      } catch (thrown) {
        throw underPolicy(thrown, retry);
      }
    });
  }

  find(name: string): Runner | undefined {
    return this.#runners.get(name);
  }

  /** The names of the tasks defined here, the built-in ones not among them. */
  names(): readonly string[] {
    return [...this.#runners.keys()].filter((name) => !/^(umbel|celery)\./.test(name));
  }

  /** Calls a task for each item, one after the other; the first that fails ends it. */
  async #overItems(
    { task, it }: JsonObject,
    context: TaskContext,
    spread: (item: Json) => readonly Json[],
  ): Promise<Json> {
    const name = (task as JsonObject | undefined)?.["task"];
    if (typeof name !== "string" || !Array.isArray(it))
      throw new InvalidOption("a map needs a task and a list `it`");
    const runner = this.find(name);
    if (runner === undefined) throw new TaskNotFound(name, this.names());
    const results: Json[] = [];
    const itemContext = contextOfItem(context);
    for (const item of it as readonly Json[]) results.push(await runner(spread(item), {}, itemContext));
    return results;
  }
}

/** The handler between what checks its arguments and what checks its result. */
function checked(
  name: string,
  handler: AnyHandler,
  { input, output }: Checks,
): (args: readonly unknown[], lead: readonly unknown[]) => unknown {
  return async (args, lead) => {
    const valid = input === undefined ? args : await validArguments(name, input, args);
    const result: unknown = await handler(...lead, ...valid);
    if (isRetryRequest(result) || isReplacement(result)) throw result;
    return output === undefined ? result : validResult(name, output, result);
  };
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
