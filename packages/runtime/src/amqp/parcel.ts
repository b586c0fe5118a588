import { isUtf8 } from "node:buffer";
import type { Death, EncodedMessage, Message, Undecodable } from "@umbel/core";
import { decodeBundle, decodeMessage, isBundle, isUndecodable } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import { AmqpDelivery } from "./delivery.ts";
import type { Feed } from "./feed.ts";
import { jsonHeaders } from "./headers.ts";

/**
 * What RabbitMQ delivered under one tag: a message, or several that travelled as one.
 *
 * Duties: the broker is told of the tag once, when all that came under it is settled; where one of them goes back into the
 * queue all do, and those that ended are duplicates then.
 */
export class Parcel {
  readonly raw: ConsumeMessage;
  readonly queue: string;
  readonly feed: Feed;
  readonly death: Death | undefined;
  #left = 1;
  #goesBack = false;

  /** @param death - Why the broker gave it up; undefined for what is to run. */
  constructor(raw: ConsumeMessage, queue: string, feed: Feed, death: Death | undefined) {
    this.raw = raw;
    this.queue = death?.queue ?? queue;
    this.feed = feed;
    this.death = death;
  }

  /** Its messages, each as a delivery; to be asked for once. */
  deliveries(): readonly AmqpDelivery[] {
    const encoded = encodedOf(this.raw);
    if (!isBundle(encoded)) return [new AmqpDelivery(this, readAlone(encoded, this.raw), null)];
    const parts = decodeBundle(encoded);
    this.#left = parts.length;
    return parts.map((part) => new AmqpDelivery(this, part.message, part.encoded));
  }

  /** One of them is done. */
  finish(): void {
    this.#left -= 1;
    if (this.#left > 0) return;
    const { deliveryTag } = this.raw.fields;
    if (this.#goesBack) this.feed.requeue(deliveryTag);
    else this.feed.ack(deliveryTag);
  }

  /** One of them goes back into the queue. */
  giveBack(): void {
    this.#goesBack = true;
    this.finish();
  }

  /** One of them in the form in which it would have come alone; null where it did. */
  rawOf(encoded: (() => EncodedMessage) | null): ConsumeMessage {
    if (encoded === null) return this.raw;
    const { body, ...said } = encoded();
    return { ...this.raw, content: Buffer.from(body), properties: { ...this.raw.properties, ...said } };
  }
}

function encodedOf({ content, properties }: ConsumeMessage): EncodedMessage {
  const headers = jsonHeaders(properties.headers ?? {});
  const { contentType, contentEncoding, correlationId, replyTo, priority } = properties;
  const body = isUtf8(content) ? content.toString("utf8") : "";
  return { headers, contentType, contentEncoding, correlationId, replyTo, priority, body };
}

/** n.b. as text, wrong bytes would become U+FFFD, and a task would run with them. */
function readAlone(encoded: EncodedMessage, { content }: ConsumeMessage): Message | Undecodable {
  const message = decodeMessage(encoded);
  const isWrong = encoded.body === "" && content.length > 0;
  const isJsonByItsHeaders = isUndecodable(message) && message.undecodable.includes("not JSON");
  return isWrong && isJsonByItsHeaders ? { ...message, undecodable: "its body is not utf-8" } : message;
}
