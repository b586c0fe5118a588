import type { JoinStore } from "@umbel/core";
import { MemoryJoins } from "@umbel/runtime/testing";
import { describeWith } from "../support/services.ts";
import type { JoinWorld } from "./join-store/world.ts";
import { describeJoinStore } from "./join-store/index.ts";
import { nowhere, openMongoWorld } from "./mongo-world.ts";

interface Timed extends JoinWorld {
  readonly clock: { nowMs: number };
}

const openMemory = async (): Promise<Timed> => {
  const clock = { nowMs: 0 };
  const store = new MemoryJoins({ now: () => clock.nowMs });
  return { clients: [store], clock, close: () => store.close() };
};

describeJoinStore("joins in memory", openMemory, {
  pass: ({ clock }, ms) => void (clock.nowMs += ms),
});

describeWith("mongo", "MongoDB", ({ mongo }) => {
  const open = async (): Promise<JoinWorld> => {
    const world = await openMongoWorld(mongo.url);
    const [first, ...others] = world.backends.map(({ joins }) => joins) as [JoinStore, ...JoinStore[]];
    return { clients: [first, ...others], close: () => world.close() };
  };

  describeJoinStore("joins in MongoDB", open, { unreachable: () => nowhere().joins });
});
