export { Umbel } from "./umbel.ts";
export { Worker } from "./worker.ts";
export { onEvent } from "./events.ts";
export {
  AppClosed,
  BrokerUnavailable,
  FlowNotFound,
  FlowCancelled,
  InvalidFlow,
  InvalidOption,
  NotJson,
  PublishFailed,
  ResultIgnored,
  ResultTimeout,
  StoreUnavailable,
  TaskFailed,
  UmbelError,
} from "@umbel/core";

export type { UmbelOptions } from "./umbel.ts";
export type { Acceptable, CheckedTaskOptions, TaskHandler, TaskOptions } from "./handler.ts";
export type { FusionLimits } from "./fusion.ts";
export type { WorkerOptions } from "./worker.ts";
export type { WorkerState } from "./lifecycle.ts";
export type { UmbelEvent } from "./events.ts";
export type { TaskContext } from "./context.ts";
export type { ErrorClass, ErrorFilter, RetryBackoff, RetryTaskOptions } from "./retry-policy.ts";
export type { RetryOptions, RetryRequest } from "./retry-request.ts";
export type { Replacement } from "./replacement.ts";
export type { Environment } from "./environment.ts";
export type {
  AsyncResult,
  CancelOptions,
  Compensation,
  Done,
  DrawFormat,
  DrawOptions,
  ErrorCode,
  EventsOptions,
  Flow,
  FlowChain,
  FlowEvent,
  FlowFailed,
  FlowGroup,
  FlowLink,
  FlowNode,
  FlowStarted,
  FlowSucceeded,
  FlowTask,
  FlowTree,
  GetOptions,
  NotUndone,
  Policy,
  Settled,
  Step,
  Task,
  Undone,
} from "@umbel/core";
