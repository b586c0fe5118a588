import { MemoryFlows } from "@umbel/runtime/testing";
import { describeWith } from "../support/services.ts";
import type { FlowWorld } from "./flow-store.ts";
import { describeFlowStore } from "./flow-store.ts";
import { nowhere, openMongoWorld } from "./mongo-world.ts";

interface Timed extends FlowWorld {
  readonly clock: { ms: number };
}

const openMemory = async (): Promise<Timed> => {
  const clock = { ms: 0 };
  const nowMs = (): number => clock.ms;
  const store = new MemoryFlows({ now: nowMs });
  return { store, other: store, clock, nowMs, [Symbol.asyncDispose]: () => store.close() };
};

describeFlowStore("in memory", openMemory, {
  pass: (world, ms) => void ((world as Timed).clock.ms += ms),
});

describeWith("mongo", "MongoDB", ({ mongo }) => {
  const open = async (): Promise<FlowWorld> => {
    const world = await openMongoWorld(mongo.url);
    const [{ flows: store }, { flows: other }] = world.backends;
    await Promise.all([store.open(), other.open()]);
    const close = async (): Promise<void> => {
      await Promise.all([store.close(), other.close()]);
      await world.close();
    };
    return { store, other, nowMs: Date.now, [Symbol.asyncDispose]: close };
  };
  describeFlowStore("in MongoDB", open, { unreachable: () => nowhere().flows });
});
