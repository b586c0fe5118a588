export { Scheduler } from "../memory/scheduler.ts";
export { ScheduledBroker, scheduledBackend } from "../memory/scheduled.ts";
export { MemoryBroker, MemoryServer } from "../memory/broker.ts";
export { MemoryFlows } from "../memory/flows.ts";
export { MemoryJoins } from "../memory/joins.ts";
export { MemoryPlans } from "../memory/plans.ts";
export { MemoryResults } from "../memory/results.ts";
export type { Fault, Turn } from "../memory/scheduler.ts";
export type { Environment } from "../environment.ts";
