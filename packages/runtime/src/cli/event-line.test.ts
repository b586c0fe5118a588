import { expect, onTestFinished, test } from "vitest";
import type { ConnectionEvent } from "../amqp/event.ts";
import { emit, isHeard } from "../events.ts";
import type { UmbelEvent } from "../events.ts";
import { lineOf, seconds, writeEvents } from "./event-line.ts";
import { Log } from "./log.ts";

const worker = { app: "proj", worker: "one" };
const task = { ...worker, task: "add", id: "F.0" };

/** The types of every task that goes well. */
const HOT = ["task.started", "task.succeeded"] as const;

test.each<[UmbelEvent, string]>([
  [{ ...worker, type: "worker.started", queues: ["a", "b"] }, "info worker started"],
  [
    { ...worker, type: "worker.draining", running: 2 },
    "info worker stopping: what runs is finished, the rest goes back",
  ],
  [{ ...worker, type: "worker.stopped" }, "info worker stopped"],
  [{ ...task, type: "task.started", atMs: 1 }, "debug task started"],
  [{ ...task, type: "task.succeeded", durationMs: 1 }, "info task succeeded"],
  [
    { ...task, type: "task.failed", durationMs: 1, error: "Error: no" },
    "error task failed, and its flow with it",
  ],
  [
    { ...task, type: "task.retried", durationMs: 1, error: "Error: no", retries: 1, retryInMs: 400 },
    "warning task failed; attempt 2 of it follows in 0.4 s",
  ],
  [{ ...task, type: "task.skipped", reason: "done" }, "info task skipped"],
  [{ ...task, type: "task.cancelled", reason: "enough" }, "info task cancelled"],
  [{ ...worker, type: "flow.cancelled", flow: "F", reason: "enough" }, "info flow cancelled"],
  [{ ...task, type: "task.abandoned", error: "lost" }, "warning task abandoned; it is delivered again"],
  [
    { ...worker, type: "message.refused", id: null, task: null, reason: "no JSON" },
    "error message refused; a copy is in queue umbel.dead, and its flow fails",
  ],
])("%j", (event, expected) => {
  const { level, text } = lineOf(event);
  expect(`${level} ${text}`).toBe(expected);
});

test.each<[ConnectionEvent, string]>([
  [{ event: "connection.opened", address: "amqp://a" }, "info connected to the broker"],
  [
    { event: "connection.lost", address: "amqp://a", reason: "reset", retryInMs: 400 },
    "warning connection to the broker lost; trying again in 0.4 s",
  ],
  [
    { event: "connection.failed", address: "amqp://a", reason: "refused", retryInMs: 2000 },
    "warning no connection to the broker; trying again in 2 s",
  ],
  [
    { event: "connection.blocked", address: "amqp://a", reason: "low on memory" },
    "warning the broker takes no messages; ours wait until it does",
  ],
  [{ event: "connection.unblocked", address: "amqp://a" }, "info the broker takes messages again"],
  [
    { event: "channel.lost", purpose: "consumer", reason: "closed", retryInMs: 50 },
    "warning channel lost; it is opened again in 0.1 s",
  ],
  [
    { event: "queue.deleted", queue: "celery" },
    "warning somebody deleted a queue that we consume from; it is declared again",
  ],
  [
    { event: "dead-letters.refused", name: "umbel.dead-letter", reason: "403" },
    "warning dead letters cannot be declared; who waits for one may wait for ever",
  ],
  [
    { event: "reply.dropped", address: "a", reason: "too large" },
    "warning result not pushed; whoever waits reads it from the store",
  ],
  [
    { event: "reply.unreadable", reason: "no JSON" },
    "warning pushed result unreadable; it is read from the store",
  ],
])("%j", (event, expected) => {
  const { level, text } = lineOf({ type: "broker.changed", app: "proj", event });
  expect(`${level} ${text}`).toBe(expected);
});

test("an event of a newer broker is no error", () => {
  expect(lineOf({ type: "broker.changed", app: "proj", event: { event: "new" } as never }).level).toBe(
    "debug",
  );
});

test("a line has the ids as fields", () => {
  const lines: string[] = [];
  onTestFinished(writeEvents(new Log("info", (line) => lines.push(line))));
  emit({ ...task, type: "task.failed", durationMs: 12, error: "Error: no paper" });
  expect(lines).toEqual([expect.stringMatching(/ task=add id=F\.0 ms=12 error="Error: no paper"\n$/)]);
});

test("an event that would not be written is not made", () => {
  const others = HOT.map(isHeard);
  onTestFinished(writeEvents(new Log("warning", () => {})));
  expect(HOT.map(isHeard)).toEqual(others);
  expect(isHeard("task.failed")).toBe(true);
});

test("a time is in seconds", () => {
  expect([400, 1000, 2500, 30_000].map(seconds)).toEqual(["0.4 s", "1 s", "2.5 s", "30 s"]);
});
