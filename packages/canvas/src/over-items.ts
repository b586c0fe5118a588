import type { Chunks, OnlyArgument, Step, Task } from "@umbel/core";

/** Celery's `map` as a function: see `task.map`. */
export function map<Params extends readonly unknown[], Out>(
  task: Task<Params, Out>,
  items: Iterable<OnlyArgument<Params>>,
): Step<[ignored?: unknown], Out[]> {
  return task.map(items);
}

/** Celery's `starmap` as a function: see `task.starmap`. */
export function starmap<Params extends readonly unknown[], Out>(
  task: Task<Params, Out>,
  items: Iterable<Readonly<Params>>,
): Step<[ignored?: unknown], Out[]> {
  return task.starmap(items);
}

/** Celery's `chunks` as a function: see `task.chunks`. */
export function chunks<Params extends readonly unknown[], Out>(
  task: Task<Params, Out>,
  items: Iterable<Readonly<Params>>,
  size: number,
): Chunks<Out> {
  return task.chunks(items, size);
}
