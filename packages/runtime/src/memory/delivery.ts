import type { Death, Delivery, Messages } from "@umbel/core";
import { HIGHEST_RANK, PublishFailed } from "@umbel/core";
import type { Bagged } from "../bag.ts";
import type { MemoryConsumer } from "./consumer.ts";
import type { Entry } from "./queue.ts";
import type { MemoryServer } from "./server.ts";

/** A message that a consumer holds until it is acknowledged. */
export class MemoryDelivery implements Delivery, Bagged {
  /** Of its consumer's deliveries. */
  readonly number: number;
  place = -1;
  readonly message: Delivery["message"];
  readonly redelivered: boolean;
  readonly queue: string;
  readonly death: Death | undefined;
  readonly #consumer: MemoryConsumer;
  readonly #server: MemoryServer;
  readonly #entry: Entry;

  constructor(consumer: MemoryConsumer, server: MemoryServer, entry: Entry, queue: string, number: number) {
    const { message, redelivered, death } = entry;
    this.#consumer = consumer;
    this.#server = server;
    this.#entry = entry;
    this.number = number;
    this.message = message;
    this.redelivered = redelivered;
    this.death = death;
    this.queue = death?.queue ?? queue;
  }

  get rank(): number {
    return this.death === undefined ? (this.#entry.returns ?? Number(this.redelivered)) : HIGHEST_RANK;
  }

  isAlive(): boolean {
    return this.#consumer.holds(this);
  }

  publish(messages: Messages): Promise<void> {
    if (!this.isAlive()) return Promise.reject(this.#lost());
    this.#server.publish(messages);
    return Promise.resolve();
  }

  ack(): void {
    if (this.#consumer.settle(this)) this.#server.onAcknowledged(this.message);
  }

  requeue(): void {
    if (this.#consumer.settle(this)) this.putBack();
  }

  putBack(): void {
    this.#server.putBack(this.queue, this.message, this.#entry);
  }

  deadLetter(reason: string): Promise<void> {
    if (!this.isAlive()) return Promise.reject(this.#lost());
    this.#server.bury({ message: this.message, queue: this.queue, reason });
    return Promise.resolve();
  }

  #lost(): PublishFailed {
    return new PublishFailed("the connection that delivered this message is gone; it is delivered again");
  }
}
