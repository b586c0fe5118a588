import type { Json } from "@umbel/core";
import { note, serve } from "../../serve.ts";
import { Tally } from "../../tally.ts";
import type { Job } from "./library.ts";
import { placesFrom } from "./library.ts";

const { bullmq, options } = placesFrom(process.env);
const tally = new Tally();

const TASKS: Readonly<Record<string, (job: Job) => Promise<Json> | Json>> = {
  noop: ({ data: [x = null] }) => x,
  add: ({ data: [x, y] }) => Number(x) + Number(y),
  inc: async (job) => Number(await given(job)) + 1,
  echo: given,
  sum: async (job) => Object.values(await job.getChildrenValues()).reduce((a: number, b) => a + Number(b), 0),
};

const worker = new bullmq.Worker(
  process.env["BENCH_SERVES"] ?? "",
  async (job) => await TASKS[job.name]!(job),
  { ...options, concurrency: Number(process.env["BENCH_CONCURRENCY"]) },
);
worker.on("completed", ({ name, data }) => {
  if (name === "noop") tally.count(Number(data[0]));
});
await worker.waitUntilReady();
serve({ expect: async ({ count }) => tally.expect(Number(count)) });
note("ready");

/** What the step before gave; the first step's is in its own data. */
async function given(job: Job): Promise<Json> {
  const [first] = job.data;
  if (first !== undefined) return first;
  const [value = null] = Object.values(await job.getChildrenValues());
  return value;
}
