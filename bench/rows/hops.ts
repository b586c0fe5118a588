import { chain } from "@umbel/canvas";
import { perSecond } from "../figures.ts";
import type { Row } from "../row.ts";
import { ahead, aheadOfPeers } from "../targets.ts";
import { timed, upTo } from "../timed.ts";

export const hops: Row = {
  name: "hops",
  work: "A chain whose steps alternate between two workers. Limit: the raw hop with one insert.",
  cases: [{ name: "200 steps", size: 200 }],
  tiny: [{ name: "4 steps", size: 4 }],
  figures: [perSecond("steps")],
  targets: [ahead("limit", 0.9), ...aheadOfPeers()],
  bound:
    "as with call, one hop is all one after the other, so that the CPU on its way counts: in a worker's profile (`--prof hops`) writes to sockets have 28 %, the driver of MongoDB and its BSON 27 %, Node 13 %, our messages, read and written, 6 %, all else of ours 7 %. How near to its limit it is depends on the hour: between 0.63 and 0.95 in four runs. The raw limit is slower than BullMQ.",
  answer: ({ size }) => size,
  workers: 2,
  warmUpMs: 30_000,
  celery: true,
  umbel: ({ tasks, places }, { size }) =>
    timed(() => {
      const steps = upTo(size).map((i) => tasks.inc.s().set({ queue: places.queues[i % 2]! }));
      return chain(...steps)
        .apply(0)
        .get();
    }),
  limit: (world, { size }) =>
    timed(async () => {
      void world.publish("hop", size);
      await world.replies(1);
      return null;
    }),
  bullmq: (world, { size }) => timed(() => world.chain(size, 2)),
};
