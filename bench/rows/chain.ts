import { chain as chainOf } from "@umbel/canvas";
import { perSecond } from "../figures.ts";
import type { Row } from "../row.ts";
import { ahead, reaches } from "../targets.ts";
import { timed, upTo } from "../timed.ts";

export const chain: Row = {
  name: "chain",
  work: "A chain on one queue, and its result. Limit: one message, all outcomes in one insert, one reply.",
  cases: [{ name: "200 steps", size: 200 }],
  tiny: [{ name: "5 steps", size: 5 }],
  figures: [perSecond("steps")],
  targets: [reaches("at least", 10_000), ahead("celery", 40), ahead("bullmq", 8)],
  answer: ({ size }) => size,
  celery: true,
  umbel: ({ tasks }, { size }) =>
    timed(() => {
      const steps = upTo(size).map(() => tasks.inc.s());
      return chainOf(...steps)
        .apply(0)
        .get();
    }),
  limit: (world, { size }) =>
    timed(async () => {
      void world.publish("chain", size);
      await world.replies(1);
      return null;
    }),
  bullmq: (world, { size }) => timed(() => world.chain(size, 1)),
};
