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
 * The same for many, each when it is asked for: what waits to be sent need not be there. What may go together does, where one
 * follows the other.
 */
export function* encodeAll(messages: Iterable<Message>, defaultQueue: string): Generator<Publication, void> {
  let company = null as Company | null;
  for (const message of messages) {
    if (company?.take(message) === true) continue;
    if (company !== null) yield company.encode();
    company = mayShare(message) ? new Company(message, defaultQueue) : null;
    if (company === null) yield encode(message, defaultQueue);
  }
  if (company !== null) yield company.encode();
}

/** Whether others may travel with it. */
export function mayShare(message: Message): boolean {
  return companyOf(message) !== undefined && heftOf(message) <= HEAVIEST;
}

/** How many may travel together; undefined for what travels alone. n.b. What waits for its time would keep its company waiting. */
function companyOf({ options, etaMs }: Message): number | undefined {
  return etaMs === null ? options.bundle : undefined;
}

/** Messages that travel together: of one queue, priority and bundle. */
class Company {
  readonly #members: [Message, ...Message[]];
  readonly #queue: string;
  readonly #defaultQueue: string;
  #heft: number;

  constructor(first: Message, defaultQueue: string) {
    this.#members = [first];
    this.#queue = queueOf(first, defaultQueue);
    this.#defaultQueue = defaultQueue;
    this.#heft = heftOf(first);
  }

  /** False where it does not belong here, or there is no room. */
  take(message: Message): boolean {
    const [first] = this.#members;
    const most = companyOf(first) ?? 1;
    if (this.#members.length >= most || companyOf(message) !== most) return false;
    if (message.options.priority !== first.options.priority) return false;
    const heft = this.#heft + heftOf(message);
    if (heft > HEAVIEST || queueOf(message, this.#defaultQueue) !== this.#queue) return false;
    this.#heft = heft;
    this.#members.push(message);
    return true;
  }

  encode(): Publication {
    const [first] = this.#members;
    const title = `a bundle of ${this.#members.length}, the first of them ${first.task} (${first.id})`;
    return publicationOf(encodeBundle(this.#members), this.#queue, title);
  }
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
