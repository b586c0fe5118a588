import { perSecond } from "../figures.ts";
import type { Row } from "../row.ts";
import { ahead } from "../targets.ts";
import { sumUpTo, upTo, windowed } from "../timed.ts";

/** Calls whose publication is not confirmed yet, at once. */
const UNCONFIRMED = 500;

export const throughput: Row = {
  name: "throughput",
  work: "No-op tasks, results ignored (`ignoreResult`, `ignore_result`, `removeOnComplete`), from the first publication to the last acknowledgement. Limit: durable, confirmed publish, consume, acknowledge; nothing stored.",
  cases: [{ name: "20,000 tasks", size: 20_000 }],
  tiny: [{ name: "20 tasks", size: 20 }],
  figures: [perSecond("tasks")],
  targets: [
    ahead("limit", 0.8),
    ahead("celery", 5),
    ahead("bullmq", 1.8),
    ahead("bullmq", 1.8, "umbel-bundle"),
  ],
  bound:
    "the machine: RabbitMQ, which the limit has, too: about 45 µs of its CPU a message. With 32 calls in a message (`umbel-bundle`) it is 4 µs a call, and the client, which has one call made for each, is what bounds it: a quarter of its time in the profile (`--prof throughput`) is collecting young objects. How near to its limit it is depends on the hour: between 0.77 and 0.85 in three runs.",
  answer: ({ size }) => sumUpTo(size),
  bundle: 32,
  endsAtWorker: true,
  celery: true,
  umbel: async ({ tasks }, { size }) => {
    const ms = epochMs();
    await windowed(size, UNCONFIRMED, (i) => tasks.noop.s(i).apply().published);
    return { ms, answer: null };
  },
  limit: async (world, { size }) => {
    const ms = epochMs();
    await windowed(size, UNCONFIRMED, (i) => world.publish("acknowledge", i));
    return { ms, answer: null };
  },
  bullmq: async (world, { size }) => {
    const ms = epochMs();
    await world.addAll(
      "noop",
      upTo(size).map((i) => [i]),
      { removeOnComplete: true },
    );
    return { ms, answer: null };
  },
};

/** When it began, instead of how long it took: the worker knows when it ends. */
function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
