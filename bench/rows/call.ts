import { perSecond } from "../figures.ts";
import type { Row } from "../row.ts";
import { ahead, aheadOfPeers } from "../targets.ts";
import { timed, upTo } from "../timed.ts";

export const call: Row = {
  name: "call",
  work: "One call at a time, each with its result awaited. Limit: two raw hops with one insert between them.",
  cases: [{ name: "1,000 calls", size: 1000 }],
  tiny: [{ name: "5 calls", size: 5 }],
  figures: [perSecond("calls")],
  targets: [ahead("limit", 0.9), ...aheadOfPeers()],
  bound:
    "one call is all one after the other, so that the CPU of each process on the way counts, and most of it is not ours: in the profile of the worker (`--prof call`) the driver of MongoDB and its BSON have 38 %, writes to sockets 18 %, Node 16 %, and our own functions 13 %. How near to its limit it is depends on the hour: between 0.76 and 0.89 in four runs. The raw limit, which is a durable, confirmed queue and a store beside it and nothing else, is itself slower than BullMQ, whose job passes through one process that keeps it in memory.",
  warmUpMs: 20_000,
  answer: ({ size }) => upTo(size).map((x) => x + 1),
  celery: true,
  umbel: ({ tasks }, { size }) =>
    timed(async () => {
      const results: number[] = [];
      for (const x of upTo(size)) results.push(await tasks.add.s(x, 1).apply().get());
      return results;
    }),
  limit: (world, { size }) =>
    timed(async () => {
      for (let i = 0; i < size; i += 1) {
        void world.publish("call");
        await world.replies(1);
      }
      return null;
    }),
  bullmq: (world, { size }) =>
    timed(async () => {
      const results: unknown[] = [];
      for (const x of upTo(size)) results.push(await world.result(await world.add("add", [x, 1])));
      return results as number[];
    }),
};
