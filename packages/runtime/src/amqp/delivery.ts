import type { Death, Delivery, EncodedMessage, Message, Messages, Undecodable } from "@umbel/core";
import { HIGHEST_RANK, InvalidOption } from "@umbel/core";
import type { Parcel } from "./parcel.ts";
import type { Publication } from "./publication.ts";
import { deadLetterOf, strippedOf } from "./publication.ts";

/** A message that RabbitMQ delivered, alone or with others, bound to the channel that did. */
export class AmqpDelivery implements Delivery {
  readonly message: Message | Undecodable;
  readonly #parcel: Parcel;
  readonly #encoded: (() => EncodedMessage) | null;
  #isSettled = false;

  /** @param encoded - As it would have come alone; null where it did. */
  constructor(parcel: Parcel, message: Message | Undecodable, encoded: (() => EncodedMessage) | null) {
    this.message = message;
    this.#parcel = parcel;
    this.#encoded = encoded;
  }

  get queue(): string {
    return this.#parcel.queue;
  }

  get death(): Death | undefined {
    return this.#parcel.death;
  }

  get redelivered(): boolean {
    return this.#parcel.raw.fields.redelivered;
  }

  /** n.b. Quorum queues count; of others it is known only whether it is the first. */
  get rank(): number {
    if (this.death !== undefined) return HIGHEST_RANK;
    const count: unknown = this.#parcel.raw.properties.headers?.["x-delivery-count"];
    return typeof count === "number" ? count : Number(this.redelivered);
  }

  isAlive(): boolean {
    return this.#parcel.feed.isAlive;
  }

  publish(messages: Messages): Promise<void> {
    return this.#parcel.feed.publish(messages);
  }

  ack(): void {
    if (this.#settle()) this.#parcel.finish();
  }

  requeue(): void {
    if (this.#settle()) this.#parcel.giveBack();
  }

  async deadLetter(reason: string): Promise<void> {
    const letter = deadLetterOf(this.#parcel.rawOf(this.#encoded), this.queue, reason);
    try {
      await this.#put(letter);
    } catch (error) {
      if (!(error instanceof InvalidOption)) throw error;
      await this.#put(strippedOf(letter)); // Its headers were as large as can be; with ours they are too large.
    }
  }

  #put(letter: Publication): Promise<void> {
    return this.#parcel.feed.put(letter);
  }

  /** n.b. RabbitMQ closes the channel over a tag that it hears of twice. */
  #settle(): boolean {
    const isFirst = !this.#isSettled;
    this.#isSettled = true;
    return isFirst;
  }
}
