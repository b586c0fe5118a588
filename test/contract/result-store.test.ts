import type { ResultStore } from "@umbel/core";
import { MemoryResults } from "@umbel/runtime/testing";
import { describeWith } from "../support/services.ts";
import type { MongoWorld } from "./mongo-world.ts";
import { nowhere, openMongoWorld } from "./mongo-world.ts";
import type { ResultWorld } from "./result-store.ts";
import { describeResultStore } from "./result-store.ts";

interface Timed extends ResultWorld {
  readonly clock: { nowMs: number };
}

const openMemory = async (): Promise<Timed> => {
  const clock = { nowMs: 0 };
  const store = new MemoryResults({ now: () => clock.nowMs });
  return { clients: [store], clock, close: () => store.close() };
};

describeResultStore("results in memory", openMemory, {
  pass: ({ clock }, ms) => void (clock.nowMs += ms),
});

interface Shared extends ResultWorld {
  readonly mongo: MongoWorld;
}

describeWith("mongo", "MongoDB", ({ mongo }) => {
  const open = async (): Promise<Shared> => {
    const world = await openMongoWorld(mongo.url);
    const [first, ...others] = world.backends.map(({ results }) => results) as [
      ResultStore,
      ...ResultStore[],
    ];
    return { clients: [first, ...others], mongo: world, close: () => world.close() };
  };

  describeResultStore("results in MongoDB", open, {
    begin: async (world, _id, status) => {
      await world.mongo.database
        .collection<{ _id: string }>("celery_taskmeta")
        .insertOne({ _id, ...begun(status) });
    },
    tooManyBytes: 17_000_000,
    unreachable: () => nowhere().results,
  });
});

/** What Celery writes when a task begins. */
function begun(status: string): object {
  return { status, result: "null", traceback: null, children: null, date_done: null };
}
