import { MemoryPlans } from "@umbel/runtime/testing";
import { describeWith } from "../support/services.ts";
import { openMongoWorld } from "./mongo-world.ts";
import type { PlanWorld } from "./plan-store.ts";
import { describePlanStore } from "./plan-store.ts";

describePlanStore("in memory", async (): Promise<PlanWorld> => {
  const store = new MemoryPlans({ now: () => 0 });
  return { store, nowMs: () => 0, [Symbol.asyncDispose]: () => store.close() };
});

describeWith("mongo", "MongoDB", ({ mongo }) => {
  describePlanStore("in MongoDB", async (): Promise<PlanWorld> => {
    const world = await openMongoWorld(mongo.url);
    const [backend] = world.backends;
    if (backend === undefined) throw new Error("the world has no backend");
    return { store: backend.plans, nowMs: Date.now, [Symbol.asyncDispose]: () => world.close() };
  });
});
