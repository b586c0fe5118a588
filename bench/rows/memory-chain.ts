import { chain } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";
import { perSecond } from "../figures.ts";
import type { Row } from "../row.ts";
import { reaches } from "../targets.ts";
import { timed, upTo } from "../timed.ts";
import { tasksOf } from "../umbel/app.ts";

export const memoryChain: Row = {
  name: "memory-chain",
  work: "A chain in one process, over memory://.",
  cases: [{ name: "10,000 steps", size: 10_000 }],
  tiny: [{ name: "50 steps", size: 50 }],
  figures: [perSecond("steps")],
  targets: [reaches("at least", 150_000)],
  answer: ({ size }) => size,
  workers: 0,
  umbel: async (_world, { size }) => {
    await using app = new Umbel("memory");
    const { inc } = tasksOf(app);
    await inc.s(1).apply().get();
    return await timed(() => {
      const steps = upTo(size).map(() => inc.s());
      return chain(...steps)
        .apply(0)
        .get();
    });
  },
};
