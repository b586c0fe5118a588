import type { ConnectionEvent } from "../amqp/event.ts";
import { onEvent } from "../events.ts";
import type { UmbelEvent } from "../events.ts";
import type { Fields, Level, Log } from "./log.ts";

/** What is written of an event. */
export interface EventLine {
  readonly level: Level;
  readonly text: string;
  readonly fields: Fields;
}

/**
 * Writes a line for every event of every app in the process.
 *
 * @returns Ends it.
 */
export function writeEvents(log: Log): () => void {
  const types = (Object.keys(HIGHEST) as UmbelEvent["type"][]).filter((type) => log.writes(HIGHEST[type]));
  return onEvent((event) => {
    const { level, text, fields } = lineOf(event);
    log.write(level, text, fields);
  }, types);
}

/** The highest level of each type, so that nobody makes events that are not written. */
const HIGHEST: Readonly<Record<UmbelEvent["type"], Level>> = {
  "worker.started": "info",
  "worker.draining": "info",
  "worker.stopped": "info",
  "task.started": "debug",
  "task.succeeded": "info",
  "task.failed": "error",
  "task.retried": "warning",
  "task.replaced": "info",
  "task.skipped": "info",
  "task.cancelled": "info",
  "flow.cancelled": "info",
  "task.abandoned": "warning",
  "message.refused": "error",
  "store.unavailable": "warning",
  "flow.unsaved": "warning",
  "broker.changed": "warning",
};

/** An event in words. A warning says what will happen next. */
export function lineOf(event: UmbelEvent): EventLine {
  switch (event.type) {
    case "worker.started":
    case "worker.draining":
    case "worker.stopped":
      return workerLine(event);
    case "message.refused":
      return refusalLine(event);
    case "broker.changed":
      return connectionLine(event.event);
    case "store.unavailable":
      return storeLine(event);
    case "flow.unsaved":
      return unsavedLine(event);
    case "flow.cancelled":
      return info("flow cancelled", { flow: event.flow, reason: event.reason });
    default:
      return taskLine(event);
  }
}

type EventOf<Type extends UmbelEvent["type"]> = Extract<UmbelEvent, { readonly type: Type }>;
type TaskEvent = Exclude<
  UmbelEvent,
  EventOf<
    | "message.refused"
    | "store.unavailable"
    | "flow.unsaved"
    | "broker.changed"
    | "flow.cancelled"
    | (`worker.${string}` & UmbelEvent["type"])
  >
>;

function workerLine(event: EventOf<"worker.started" | "worker.draining" | "worker.stopped">): EventLine {
  const { app, worker } = event;
  const fields = { app, worker };
  if (event.type === "worker.started")
    return info("worker started", { ...fields, queues: event.queues.join(",") });
  if (event.type === "worker.stopped") return info("worker stopped", fields);
  return info("worker stopping: what runs is finished, the rest goes back", {
    ...fields,
    inHand: event.running,
  });
}

function storeLine({ error, retryInMs, worker }: EventOf<"store.unavailable">): EventLine {
  const text = `the store is away; trying again in ${seconds(retryInMs)}`;
  return { level: "warning", text, fields: { worker, error } };
}

function unsavedLine({ id, error }: EventOf<"flow.unsaved">): EventLine {
  return warning("a flow is not written down: it runs, and cannot be asked for by its id", { id, error });
}

function taskLine(event: TaskEvent): EventLine {
  const { task, id } = event;
  switch (event.type) {
    case "task.started":
      return { level: "debug", text: "task started", fields: { task, id } };
    case "task.succeeded":
      return info("task succeeded", { task, id, ms: event.durationMs });
    case "task.failed":
      return failure("task failed, and its flow with it", {
        task,
        id,
        ms: event.durationMs,
        error: event.error,
      });
    case "task.retried":
      return warning(
        `task failed; attempt ${event.retries + 1} of it follows in ${seconds(event.retryInMs)}`,
        {
          task,
          id,
          ms: event.durationMs,
          error: event.error,
        },
      );
    case "task.replaced":
      return info("task goes on as another step", { task, id, ms: event.durationMs });
    case "task.skipped":
      return info("task skipped", { task, id, reason: event.reason });
    case "task.cancelled":
      return info("task cancelled", { task, id, reason: event.reason });
    case "task.abandoned":
      return warning("task abandoned; it is delivered again", { task, id, error: event.error });
  }
}

function refusalLine({ id, task, reason }: EventOf<"message.refused">): EventLine {
  return failure("message refused; a copy is in queue umbel.dead, and its flow fails", { task, id, reason });
}

function connectionLine(event: ConnectionEvent): EventLine {
  switch (event.event) {
    case "connection.opened":
      return info("connected to the broker", { address: event.address });
    case "connection.lost":
    case "connection.failed":
      return disconnected(event);
    case "connection.blocked":
      return warning("the broker takes no messages; ours wait until it does", reasonAt(event));
    case "connection.unblocked":
      return info("the broker takes messages again", { address: event.address });
    case "channel.lost":
      return warning(`channel lost; it is opened again in ${seconds(event.retryInMs)}`, channelOf(event));
    case "queue.deleted":
      return warning("somebody deleted a queue that we consume from; it is declared again", {
        queue: event.queue,
      });
    case "dead-letters.refused":
      return warning("dead letters cannot be declared; who waits for one may wait for ever", nameAt(event));
    case "reply.dropped":
      return warning("result not pushed; whoever waits reads it from the store", reasonAt(event));
    case "reply.unreadable":
      return warning("pushed result unreadable; it is read from the store", { reason: event.reason });
    default: // the app may be of another version of this package
      return {
        level: "debug",
        text: "broker changed",
        fields: { event: JSON.stringify(event satisfies never) },
      };
  }
}

function disconnected(
  event: Extract<ConnectionEvent, { readonly retryInMs: number; readonly address: string }>,
): EventLine {
  const what =
    event.event === "connection.lost" ? "connection to the broker lost" : "no connection to the broker";
  return warning(`${what}; trying again in ${seconds(event.retryInMs)}`, reasonAt(event));
}

function nameAt({ name, reason }: { readonly name: string; readonly reason: string }): Fields {
  return { name, reason };
}

function reasonAt({ address, reason }: { readonly address: string; readonly reason: string }): Fields {
  return { address, reason };
}

function channelOf({
  purpose,
  reason,
}: Extract<ConnectionEvent, { readonly event: "channel.lost" }>): Fields {
  return { purpose, reason };
}

/** A time in words: `2 s`, `0.4 s`. */
export function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

function info(text: string, fields: Fields): EventLine {
  return { level: "info", text, fields };
}

function warning(text: string, fields: Fields): EventLine {
  return { level: "warning", text, fields };
}

function failure(text: string, fields: Fields): EventLine {
  return { level: "error", text, fields };
}
