import { chord } from "@umbel/canvas";
import type { Step, Task } from "@umbel/core";
import type { TaskContext, Umbel } from "@umbel/runtime";
import type { Tasks } from "./simulation.ts";

/**
 * What a task adds to its group: a call that gives the number, one that fails with `boom <n>`, a chord of the numbers, or a
 * call that gives its value and adds others itself.
 */
export type Added =
  | number
  | { readonly boom: number }
  | { readonly chord: readonly number[] }
  | { readonly value: number; readonly adds: readonly Added[] };

/** Tasks that add to their group. */
export interface AddingTasks {
  /** Gives the value, and adds the others. */
  readonly adds: Task<[value: number, additions: readonly Added[]], number>;
  /** Adds the attempts before this one, in each; fails in its first so many, and then gives the value. */
  readonly rash: Task<[value: number, failures: number], number>;
  /** Adds more steps each time it runs, with numbers from 1; gives how many. */
  readonly spawns: Task<[], number>;
  /** Lets another step take its place, and adds one. */
  readonly torn: Task<[], unknown>;
}

type Calls = Pick<Tasks, "same" | "boom" | "add" | "sum" | "adds">;

export interface AddingOptions {
  /** What they add. */
  readonly calls: () => Calls;
  /** Called by each handler as it begins. */
  readonly began: (context: TaskContext) => void;
  /** One more each time. */
  readonly roll: () => number;
}

export function addingTasks(app: Umbel, { calls, began, roll }: AddingOptions): AddingTasks {
  const bind = { bind: true } as const;
  const adds = app.task("adds", bind, (context, value: number, additions: readonly Added[]) => {
    began(context);
    for (const each of additions) context.addToChord(stepOf(each, calls()));
    return value;
  });
  const retried = { ...bind, maxRetries: 2, retryDelayMs: 40, autoretryFor: [RangeError] };
  const rash = app.task("rash", retried, (context, value: number, failures: number) => {
    began(context);
    context.addToChord(calls().same.s(context.retries));
    if (context.retries >= failures) return value;
    throw new RangeError(`rash ${context.retries}`);
  });
  const spawns = app.task("spawns", bind, (context) => {
    began(context);
    const count = roll();
    for (let n = 1; n <= count; n += 1) context.addToChord(calls().same.s(n));
    return count;
  });
  const torn = app.task("torn", bind, (context) => {
    began(context);
    const replacement = context.replace(calls().same.s(1));
    context.addToChord(calls().same.s(2));
    return replacement;
  });
  return { adds, rash, spawns, torn };
}

function stepOf(each: Added, { same, boom, add, sum, adds }: Calls): Step<[], unknown> {
  if (typeof each === "number") return same.s(each);
  if ("boom" in each) return boom.s(each.boom);
  if ("adds" in each) return adds.s(each.value, each.adds);
  return chord(
    each.chord.map((n) => add.s(n, 0)),
    sum.s(),
  );
}
