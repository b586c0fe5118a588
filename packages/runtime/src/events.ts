import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ConnectionEvent } from "./amqp/event.ts";

/** What happens inside, for logs and metrics. Each type has a channel of `node:diagnostics_channel`: `umbel.<type>`. */
export type UmbelEvent =
  | {
      readonly type: "worker.started";
      readonly app: string;
      readonly worker: string;
      readonly queues: readonly string[];
    }
  | {
      readonly type: "worker.draining";
      readonly app: string;
      readonly worker: string;
      readonly running: number;
    }
  | { readonly type: "worker.stopped"; readonly app: string; readonly worker: string }
  /** `atMs`: milliseconds since the epoch. */
  | (TaskEvent & { readonly type: "task.started"; readonly atMs: number })
  | (TaskEvent & { readonly type: "task.succeeded"; readonly durationMs: number })
  | (TaskEvent & { readonly type: "task.failed"; readonly durationMs: number; readonly error: string })
  /** An attempt failed, and there will be another: `retries` counts those made, `retryInMs` is how long until then. */
  | (TaskEvent & {
      readonly type: "task.retried";
      readonly durationMs: number;
      readonly error: string;
      readonly retries: number;
      readonly retryInMs: number;
    })
  /** It goes on as another step. */
  | (TaskEvent & { readonly type: "task.replaced"; readonly durationMs: number })
  /** It was cancelled: its handler was not run, or heard of it and failed. */
  | (TaskEvent & { readonly type: "task.cancelled"; readonly reason: string })
  /** All of a flow's tasks have ended: this worker performed its cancel. */
  | {
      readonly type: "flow.cancelled";
      readonly app: string;
      readonly worker: string;
      readonly flow: string;
      readonly reason: string;
    }
  /** A copy of a task that is done, or runs elsewhere, was not run. */
  | (TaskEvent & { readonly type: "task.skipped"; readonly reason: string })
  /** The connection was lost or the worker gave up; the task is delivered again. */
  | (TaskEvent & { readonly type: "task.abandoned"; readonly error: string })
  | {
      readonly type: "message.refused";
      readonly app: string;
      readonly worker: string;
      readonly id: string | null;
      readonly task: string | null;
      readonly reason: string;
    }
  /** The store does not answer; what waits for it is tried again. */
  | {
      readonly type: "store.unavailable";
      readonly app: string;
      readonly worker: string;
      readonly error: string;
      readonly retryInMs: number;
    }
  /** A flow was sent, and could not be written down: it runs, and nobody can ask for it by its id. */
  | { readonly type: "flow.unsaved"; readonly app: string; readonly id: string; readonly error: string }
  | { readonly type: "broker.changed"; readonly app: string; readonly event: ConnectionEvent };

interface TaskEvent {
  readonly app: string;
  readonly worker: string;
  readonly task: string;
  readonly id: string;
}

const TYPES = [
  ...["worker.started", "worker.draining", "worker.stopped", "task.started", "task.succeeded", "task.failed"],
  ...["task.retried", "task.skipped", "task.abandoned", "message.refused", "store.unavailable"],
  ...["task.replaced", "task.cancelled", "flow.cancelled", "flow.unsaved", "broker.changed"],
] as readonly UmbelEvent["type"][];

const channels = Object.fromEntries(TYPES.map((type) => [type, channel(`umbel.${type}`)])) as Record<
  UmbelEvent["type"],
  ReturnType<typeof channel>
>;

export function emit(event: UmbelEvent): void {
  channels[event.type].publish(event);
}

/** Whether somebody listens to events of this type, so that the hot path can leave them out. */
export function isHeard(type: UmbelEvent["type"]): boolean {
  return channels[type].hasSubscribers;
}

/**
 * Calls a listener for every event of every app in the process; look at `event.app`.
 *
 * @param types - The types to hear of; default all. Those that nobody hears are not made.
 * @returns Ends the subscription.
 */
export function onEvent(
  listener: (event: UmbelEvent) => void,
  types: readonly UmbelEvent["type"][] = TYPES,
): () => void {
  const receive = (event: unknown): void => listener(event as UmbelEvent);
  for (const type of types) subscribe(`umbel.${type}`, receive);
  return () => types.forEach((type) => unsubscribe(`umbel.${type}`, receive));
}
