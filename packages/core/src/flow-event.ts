import type { Failure } from "./outcome.ts";

/** What happened to one task of a flow. */
export type FlowEvent = FlowStarted | FlowSucceeded | FlowFailed;

interface TaskEvent {
  /** The task's id. */
  readonly id: string;
  /** Its name; `unknown` where it is not known. */
  readonly task: string;
  /** When it happened: milliseconds since the epoch, by the worker's clock. */
  readonly atMs: number;
}

/** Its handler began. Best effort: once at most, and before its end; over a broker, often only just before. */
export interface FlowStarted extends TaskEvent {
  readonly type: "started";
  /** Null where it is not known. */
  readonly worker: string | null;
}

/** It succeeded. Each end is told exactly once. */
export interface FlowSucceeded extends TaskEvent {
  readonly type: "succeeded";
  readonly worker: string | null;
  /** From when its handler began; null of a foreign worker's task. */
  readonly durationMs: number | null;
  /** Attempts before this one. */
  readonly retries: number;
}

/** It failed, or was skipped since what it depends on failed. Each end is told exactly once. */
export interface FlowFailed extends TaskEvent {
  readonly type: "failed";
  readonly worker: string | null;
  /** From when its handler began; null where it did not run, and of a foreign worker's task. */
  readonly durationMs: number | null;
  readonly retries: number;
  /** Why; that of a step that was skipped is of the task that failed. */
  readonly failure: Failure;
  /** Whether it never ran, since what it depends on failed. */
  readonly isSkipped: boolean;
}

/** How long to follow a flow. */
export interface EventsOptions {
  /** Ends the iteration with the signal's reason. The flow goes on. */
  readonly signal?: AbortSignal;
}
