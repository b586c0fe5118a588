import { group as groupOf } from "@umbel/canvas";
import { perSecond } from "../figures.ts";
import type { Row } from "../row.ts";
import { ahead } from "../targets.ts";
import { timed, upTo, windowed } from "../timed.ts";

export const group: Row = {
  name: "group",
  work: "A group, with the results of all its members. Limit: its messages, their outcomes inserted as they come, replies in batches.",
  cases: [{ name: "2,000 members", size: 2000 }],
  tiny: [{ name: "7 members", size: 7 }],
  figures: [perSecond("members")],
  targets: [ahead("celery", 15)],
  bound:
    "the machine, as with chord, which RabbitMQ, the worker and the store share. How many times as fast as Celery it is depends on the hour: between 14.9 and 19.9 in six runs.",
  answer: ({ size }) => upTo(size).map((x) => x + x),
  bundle: 32,
  warmUpMs: 20_000,
  celery: true,
  umbel: ({ tasks }, { size }) =>
    timed(() =>
      groupOf(upTo(size).map((x) => tasks.add.s(x, x)))
        .apply()
        .get(),
    ),
  limit: (world, { size }) =>
    timed(async () => {
      const replied = world.replies(size);
      await windowed(size, 500, () => world.publish("member"));
      await replied;
      return null;
    }),
  bullmq: (world, { size }) =>
    timed(async () => {
      const jobs = await world.addAll(
        "add",
        upTo(size).map((x) => [x, x]),
      );
      return await Promise.all(jobs.map((job) => world.result(job)));
    }),
};
