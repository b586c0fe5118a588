import { setTimeout as pause } from "node:timers/promises";
import { onEvent } from "@umbel/runtime";
import { Profiler } from "../prof/profiler.ts";
import { note, serve } from "../serve.ts";
import { bytesWritten } from "../socket-bytes.ts";
import { Tally } from "../tally.ts";
import { BenchApp, placesFrom, tasksOf } from "./app.ts";

const { broker, backend, queues, bundle } = placesFrom(process.env);
const tally = new Tally();

/** What `umbel worker -A` takes. */
export const app = new BenchApp("bench", { broker, backend, queue: queues[0] });

tasksOf(app, bundle, (x) => tally.count(x, acknowledged));
onEvent(() => note("ready"), ["worker.started"]);
serve({
  ...new Profiler().answers,
  bytes: async () => bytesWritten(),
  expect: async ({ count }) => tally.expect(Number(count)),
});

/** All that this worker had in hand is acknowledged, what is counted among it. */
async function acknowledged(): Promise<void> {
  while (app.current !== null && app.current.inHand > 0) await pause(1);
}
