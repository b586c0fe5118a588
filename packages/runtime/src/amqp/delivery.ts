import { isUtf8 } from "node:buffer";
import type { Death, Delivery, EncodedMessage, Message, Undecodable } from "@umbel/core";
import { HIGHEST_RANK, InvalidOption, decodeMessage, isUndecodable } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import type { Feed } from "./feed.ts";
import { jsonHeaders } from "./headers.ts";
import type { Publication } from "./publication.ts";
import { deadLetterOf, strippedOf } from "./publication.ts";

/** A message that RabbitMQ delivered, bound to the channel that did. */
export class AmqpDelivery implements Delivery {
  readonly message: Message | Undecodable;
  readonly queue: string;
  readonly death: Death | undefined;
  readonly #raw: ConsumeMessage;
  readonly #feed: Feed;
  #isSettled = false;

  /** @param death - Why the broker gave it up; absent for what is to run. */
  constructor(raw: ConsumeMessage, queue: string, feed: Feed, death?: Death) {
    this.message = read(raw);
    this.queue = death?.queue ?? queue;
    this.death = death;
    this.#raw = raw;
    this.#feed = feed;
  }

  get redelivered(): boolean {
    return this.#raw.fields.redelivered;
  }

  /** n.b. Quorum queues count; of others it is known only whether it is the first. */
  get rank(): number {
    if (this.death !== undefined) return HIGHEST_RANK;
    const count: unknown = this.#raw.properties.headers?.["x-delivery-count"];
    return typeof count === "number" ? count : Number(this.redelivered);
  }

  isAlive(): boolean {
    return this.#feed.isAlive;
  }

  publish(messages: readonly Message[]): Promise<void> {
    return this.#feed.publish(messages);
  }

  ack(): void {
    if (this.#settle()) this.#feed.ack(this.#raw.fields.deliveryTag);
  }

  requeue(): void {
    if (this.#settle()) this.#feed.requeue(this.#raw.fields.deliveryTag);
  }

  async deadLetter(reason: string): Promise<void> {
    const letter = deadLetterOf(this.#raw, this.queue, reason);
    try {
      await this.#put(letter);
    } catch (error) {
      if (!(error instanceof InvalidOption)) throw error;
      await this.#put(strippedOf(letter)); // Its headers were as large as can be; with ours they are too large.
    }
  }

  #put(letter: Publication): Promise<void> {
    return this.#feed.put(letter);
  }

  /** n.b. RabbitMQ closes the channel over a tag that it hears of twice. */
  #settle(): boolean {
    const isFirst = !this.#isSettled;
    this.#isSettled = true;
    return isFirst;
  }
}

function read({ content, properties }: ConsumeMessage): Message | Undecodable {
  const headers = jsonHeaders(properties.headers ?? {});
  const { contentType, contentEncoding, correlationId, replyTo, priority } = properties;
  const isText = isUtf8(content);
  const body = isText ? content.toString("utf8") : "";
  const encoded = { headers, contentType, contentEncoding, correlationId, replyTo, priority, body };
  return isText ? decodeMessage(encoded) : notText(encoded);
}

/** n.b. as text, wrong bytes would become U+FFFD, and a task would run with them. */
function notText(encoded: EncodedMessage): Message | Undecodable {
  const message = decodeMessage(encoded);
  const isJsonByItsHeaders = isUndecodable(message) && message.undecodable.includes("not JSON");
  return isJsonByItsHeaders ? { ...message, undecodable: "its body is not utf-8" } : message;
}
