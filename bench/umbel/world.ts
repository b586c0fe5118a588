import { Umbel } from "@umbel/runtime";
import type { BenchTasks, Places } from "./app.ts";
import { tasksOf } from "./app.ts";

/** What our client has in a row. */
export interface UmbelWorld {
  readonly app: Umbel;
  readonly tasks: BenchTasks;
  readonly places: Places;
}

export function openWorld(places: Places): UmbelWorld {
  const { broker, backend, queues, bundle } = places;
  const app = new Umbel("bench", { broker, backend, queue: queues[0] });
  return { app, tasks: tasksOf(app, bundle), places };
}
