import { setTimeout as pause } from "node:timers/promises";
import { measured } from "../figures.ts";
import type { Case, Done, Figure, Row } from "../row.ts";
import { quantile } from "../statistics.ts";
import { summarize } from "../result.ts";
import { shownRatio } from "../report/number.ts";
import { aheadOfPeers } from "../targets.ts";

const P50: Figure = measured("p50", "ms, half of the calls");
const P99: Figure = measured("p99", "ms, 99 of 100 calls");

export const latency: Row = {
  name: "latency",
  work: "Calls at a steady rate, each timed from when it was due to its result. Limit: two raw hops with one insert between them.",
  cases: [{ name: "100 calls/s for 30 s", size: 100, times: 30 }],
  tiny: [{ name: "100 calls/s for 0.1 s", size: 100, times: 0.1 }],
  figures: [P50, P99],
  targets: [
    {
      text: "p99 ≤ 3 × p50",
      judge: ({ cases: [only] }) => {
        const [p50, p99] = [P50, P99].map((figure) => only && summarize(figure, only, "umbel")?.median);
        if (p50 === undefined || p99 === undefined) return null;
        return { reached: shownRatio(p99 / p50), isHeld: p99 <= 3 * p50 };
      },
    },
    ...aheadOfPeers(0),
    ...aheadOfPeers(1),
  ],
  bound:
    "as with call: in the worker's profile (`--prof latency`), which is busy for an eighth of the time, the driver of MongoDB and its BSON have 45 %, Node 17 %, calls of the system and Node's own native code 15 %, our own functions 13 %, amqplib 4 %. In the third and the fourth round of this run the machine was slow for all who took a turn then: the slowest of a hundred took 27 and 18 ms at the limit, 21 and 29 with us, 6 to 9 in the other rounds; it was 2.54 times the half in the run before. The raw limit is itself slower than BullMQ.",
  answer: (which) => callsOf(which),
  celery: true,
  umbel: ({ tasks }, which) =>
    steadily(which, async (x) => (await tasks.add.s(x, 1).apply().get()) === x + 1),
  limit: (world, which) =>
    steadily(which, async () => {
      void world.publish("call");
      await world.replies(1);
      return true;
    }),
  bullmq: (world, which) =>
    steadily(which, async (x) => (await world.result(await world.add("add", [x, 1]))) === x + 1),
};

const GRAIN_MS = 2;

function callsOf({ size, times = 1 }: Case): number {
  return Math.round(size * times);
}

/**
 * Calls at a steady rate, whatever the calls before take.
 *
 * @param call - Whether its result was right.
 */
async function steadily(which: Case, call: (x: number) => Promise<boolean>): Promise<Done> {
  const beganMs = performance.now();
  const latencies: number[] = [];
  const one = async (x: number, sinceMs: number): Promise<void> => {
    if (await call(x)) latencies.push(performance.now() - sinceMs);
  };
  const calls: Promise<void>[] = [];
  for (let x = 0; x < callsOf(which); x += 1) {
    const dueMs = beganMs + (x * 1000) / which.size;
    await pause(Math.max(0, dueMs - performance.now()));
    const nowMs = performance.now();
    // n.b. A timer's own grain is nobody's latency; to be kept from sending is.
    calls.push(one(x, nowMs - dueMs < GRAIN_MS ? nowMs : dueMs));
  }
  await Promise.all(calls);
  const sorted = latencies.toSorted((a, b) => a - b);
  const more = { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
  return { ms: performance.now() - beganMs, answer: latencies.length, more };
}
