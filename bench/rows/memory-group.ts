import { group } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";
import { perSecond } from "../figures.ts";
import type { Row } from "../row.ts";
import { reaches } from "../targets.ts";
import { sumUpTo, timed, upTo } from "../timed.ts";
import { tasksOf } from "../umbel/app.ts";

export const memoryGroup: Row = {
  name: "memory-group",
  work: "A group in one process, over memory://, with the results of all its members.",
  cases: [{ name: "100,000 tasks", size: 100_000 }],
  tiny: [{ name: "50 tasks", size: 50 }],
  figures: [perSecond("tasks")],
  targets: [reaches("at least", 300_000)],
  bound:
    "objects: a task is a step, a node with its id, a message, a record and an entry among the outcomes, and a quarter of the time is collecting them (`--prof memory-group`); no promise is made for it. A prototype that shares the flow's fields and keeps one entry a group had 460,000.",
  answer: ({ size }) => sumUpTo(size) * 2,
  workers: 0,
  umbel: async (_world, { size }) => {
    await using app = new Umbel("memory");
    const { add } = tasksOf(app);
    await add.s(1, 1).apply().get();
    return await timed(async () => {
      const results = await group(upTo(size).map((x) => add.s(x, x)))
        .apply()
        .get();
      return results.reduce((one, other) => one + other, 0);
    });
  },
};
