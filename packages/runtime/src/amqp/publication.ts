import type { Message } from "@umbel/core";
import { encodeMessage } from "@umbel/core";
import type { ConsumeMessage, Options } from "amqplib";
import { DEAD_QUEUE, DEFAULT_QUEUE } from "./topology.ts";

/** A message as amqplib takes it. */
export interface Publication {
  readonly queue: string;
  readonly content: Buffer;
  readonly properties: Options.Publish;
  /** What it is, for errors. */
  readonly title: string;
}

/** The queue that a message goes to. */
export function queueOf(message: Message): string {
  return message.options.queue ?? DEFAULT_QUEUE;
}

/** A task message in Celery's protocol 2: it survives a restart of the broker, and comes back where nobody takes it. */
export function encode(message: Message): Publication {
  const { headers, body, ...properties } = encodeMessage(message);
  return {
    queue: queueOf(message),
    content: Buffer.from(body),
    // Absent and undefined are the same to amqplib.
    properties: { ...(properties as Options.Publish), headers, persistent: true, mandatory: true },
    title: `task ${message.task} (${message.id})`,
  };
}

/** A delivery for the dead-letter queue: as it came, and why. */
export function deadLetterOf(raw: ConsumeMessage, queue: string, reason: string): Publication {
  const headers = { ...raw.properties.headers, "x-umbel-reason": reason, "x-umbel-queue": queue };
  for (const header of ROUTING) delete (headers as Record<string, unknown>)[header];
  const properties = { ...raw.properties, headers, persistent: true, mandatory: true };
  for (const property of REFUSED) delete properties[property];
  return { queue: DEAD_QUEUE, content: raw.content, properties, title: `a dead letter from queue ${queue}` };
}

/** Headers by which RabbitMQ would put copies into other queues once more. */
const ROUTING = ["CC", "BCC"];

/** A dead letter does not expire; and RabbitMQ refuses a `user_id` that is not our own. */
const REFUSED = ["expiration", "userId", "clusterId"];
