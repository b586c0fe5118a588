import { randomUUID } from "node:crypto";
import { chord as chordOf } from "@umbel/canvas";
import { perSecond } from "../figures.ts";
import type { LimitWorld } from "../limits/world.ts";
import type { Case, Done, Row } from "../row.ts";
import { ahead } from "../targets.ts";
import { sumUpTo, timed, upTo, windowed } from "../timed.ts";
import type { UmbelWorld } from "../umbel/world.ts";

export const chord: Row = {
  name: "chord",
  work: "A chord: a group, and a body that sums its results. Limit: the messages, inserts in groups, one update of a join a group, the body's message, a reply.",
  cases: [
    { name: "1,000 members", size: 1000 },
    { name: "5,000 members", size: 5000 },
  ],
  tiny: [{ name: "7 members", size: 7 }],
  figures: [perSecond("members")],
  targets: [ahead("celery", 10), ahead("bullmq", 2), ahead("bullmq", 2, "umbel-bundle")],
  bound:
    "the machine: a member of a chord of 5,000 takes about 60 µs of RabbitMQ's CPU, 60 of the worker's and 30 of the store's, and there are two cores. In the worker's profile (`--prof chord`) our own functions have 21 %, the driver of MongoDB and its BSON 20 %, Node 17 %, calls of the system 16 %, collecting young objects 13 %, amqplib 11 %, most of that headers, read and written. With 32 members in a message (`umbel-bundle`) RabbitMQ takes 6 µs a member, and the worker, which has one core, is what bounds it.",
  answer: ({ size }) => sumUpTo(size) * 2,
  bundle: 32,
  warmUpMs: 20_000,
  celery: true,
  umbel: oneChord,
  limit: rawChords,
  bullmq: (world, { size }) => timed(() => world.chord(size)),
};

export function oneChord({ tasks }: UmbelWorld, { size }: Case): Promise<Done> {
  return timed(() =>
    chordOf(
      upTo(size).map((x) => tasks.add.s(x, x)),
      tasks.sum.s(),
    )
      .apply()
      .get(),
  );
}

/** As many raw chords as the case has, at once. */
export function rawChords(world: LimitWorld, { size, times = 1 }: Case): Promise<Done> {
  return timed(async () => {
    const replied = world.replies(times);
    const joins = upTo(times).map(() => `${randomUUID()}/${size}`);
    await windowed(size * times, 500, (i) => world.publish("header", joins[Math.floor(i / size)]));
    await replied;
    return null;
  });
}
