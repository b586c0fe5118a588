import type { EncodedMessage, Json, Message } from "@umbel/core";
import { encodeBundle, encodeMessage } from "@umbel/core";
import type { ConsumeMessage, Options } from "amqplib";
import { weightOf } from "../weight.ts";
import { DEAD_QUEUE } from "./topology.ts";

/** A message as amqplib takes it. */
export interface Publication {
  readonly queue: string;
  readonly content: Buffer;
  readonly properties: Options.Publish;
  /** What it is, for errors. */
  readonly title: string;
}

/**
 * A task message in Celery's protocol 2. It survives a restart of the broker, and comes back where no queue takes it.
 *
 * @param defaultQueue - Where it goes when its step names no queue.
 */
export function encode(message: Message, defaultQueue: string): Publication {
  const queue = queueOf(message, defaultQueue);
  return publicationOf(encodeMessage(message), queue, `task ${message.task} (${message.id})`);
}

/**
 * The same for many, each when it is asked for: what waits to be sent need not be there twice. What may go together does,
 * where one follows the other.
 */
export function* encodeAll(messages: readonly Message[], defaultQueue: string): Generator<Publication, void> {
  for (let start = 0; start < messages.length;) {
    const first = messages[start] as Message;
    const end = endOfBundle(messages, start, defaultQueue);
    yield end === start
      ? encode(first, defaultQueue)
      : bundled([first, ...messages.slice(start + 1, end)], defaultQueue);
    start = Math.max(end, start + 1);
  }
}

/** Whether others may travel with it. */
export function mayShare(message: Message): boolean {
  return companyOf(message) !== undefined && heftOf(message) <= HEAVIEST;
}

/** How many may travel together; undefined for what travels alone. n.b. What waits for its time would keep its company waiting. */
function companyOf({ options, etaMs }: Message): number | undefined {
  return etaMs === null ? options.bundle : undefined;
}

function bundled(messages: readonly [Message, ...Message[]], defaultQueue: string): Publication {
  const [first] = messages;
  const title = `a bundle of ${messages.length}, the first of them ${first.task} (${first.id})`;
  return publicationOf(encodeBundle(messages), queueOf(first, defaultQueue), title);
}

/** Where the messages end that travel with one; where it is itself for one that travels alone. */
function endOfBundle(messages: readonly Message[], start: number, defaultQueue: string): number {
  const first = messages[start] as Message;
  const { priority } = first.options;
  const most = companyOf(first);
  let heft = most === undefined ? Infinity : heftOf(first);
  if (most === undefined || heft > HEAVIEST) return start;
  const queue = queueOf(first, defaultQueue);
  let end = start + 1;
  for (; end < start + most && end < messages.length; end += 1) {
    const next = messages[end] as Message;
    if (companyOf(next) !== most || next.options.priority !== priority) break;
    heft += heftOf(next);
    if (heft > HEAVIEST || queueOf(next, defaultQueue) !== queue) break;
  }
  return end;
}

/** Characters of what it is called with and of what follows it, about. */
function heftOf({ args, kwargs, next }: Message): number {
  const all = [args, kwargs, next.steps] as unknown as readonly Json[];
  return all.reduce<number>((sum, each) => sum + weightOf(each, HEAVIEST + 1), 0);
}

/** Characters that may share a message: what is large gains nothing by company. */
const HEAVIEST = 64 * 1024;

function queueOf({ options }: Message, defaultQueue: string): string {
  return options.queue || defaultQueue;
}

function publicationOf(encoded: EncodedMessage, queue: string, title: string): Publication {
  const { headers, body, contentType, contentEncoding, correlationId, replyTo, priority } = encoded;
  // n.b. To amqplib a property that is undefined is one that is absent. One literal: it is made for each message.
  const properties = {
    contentType,
    contentEncoding,
    headers,
    priority,
    correlationId,
    replyTo,
    persistent: true,
    mandatory: true,
  } as Options.Publish;
  return { queue, content: Buffer.from(body), properties, title };
}

/** All queues that messages go to. */
export function queuesOf(messages: readonly Message[], defaultQueue: string): ReadonlySet<string> {
  return new Set(messages.map((message) => queueOf(message, defaultQueue)));
}

/** A delivery for the dead-letter queue: as it came, with the reason and its queue. */
export function deadLetterOf(raw: ConsumeMessage, queue: string, reason: string): Publication {
  const headers = { ...without(ROUTING, raw.properties.headers ?? {}), ...causeOf(queue, reason) };
  const properties = { ...without(UNWANTED, raw.properties), headers, persistent: true, mandatory: true };
  return { queue: DEAD_QUEUE, content: raw.content, properties, title: `a dead letter of queue ${queue}` };
}

/** The same with only the headers that tell what it was, for a foreign message whose headers we cannot encode. */
export function strippedOf({ properties, ...publication }: Publication): Publication {
  const all = (properties.headers ?? {}) as Readonly<Record<string, unknown>>;
  const kept = Object.entries(all).filter(([name, value]) => KEPT.has(name) && String(value).length <= 1_000);
  return { ...publication, properties: { ...properties, headers: Object.fromEntries(kept) } };
}

function causeOf(queue: string, reason: string): Record<string, string> {
  return { "x-umbel-reason": reason.slice(0, 1_000), "x-umbel-queue": queue };
}

/** Headers by which RabbitMQ would put copies into further queues. */
const ROUTING = new Set(["CC", "BCC"]);

/** A dead letter does not expire; and RabbitMQ refuses a `user_id` that is not our own. */
const UNWANTED = new Set(["expiration", "userId", "clusterId", "deliveryMode"]);

const KEPT = new Set(["id", "task", "x-umbel-reason", "x-umbel-queue"]);

function without(names: ReadonlySet<string>, record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)));
}
