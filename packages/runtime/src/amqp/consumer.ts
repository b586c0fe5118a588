import type { ConsumeOptions, Consumer, Death } from "@umbel/core";
import { BrokerUnavailable } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import type { Connection } from "./connection.ts";
import type { OnEvent } from "./event.ts";
import { Feed } from "./feed.ts";
import { Kept } from "./kept.ts";
import { Parcel } from "./parcel.ts";
import { reasonOf } from "./refusal.ts";
import type { Session } from "./session.ts";

/** What a consumer needs of its broker. */
export interface ConsumerSurroundings {
  readonly connection: Connection;
  readonly defaultQueue: string;
  readonly onEvent: OnEvent;
  readonly random: () => number;
  readonly onClosed: (consumer: AmqpConsumer) => void;
  /** What has to be there before it consumes on a connection. */
  readonly prepare?: (session: Session) => Promise<void>;
  /** Why the broker gave up what it delivers; absent where it delivers what is to run. */
  readonly deathOf?: (raw: ConsumeMessage) => Death;
}

/** Consumes from its queues on whatever connection there is: one {@link Feed} after the other. */
export class AmqpConsumer implements Consumer {
  readonly #options: ConsumeOptions;
  readonly #surroundings: ConsumerSurroundings;
  readonly #feeds: Kept<Feed>;

  constructor(options: ConsumeOptions, surroundings: ConsumerSurroundings) {
    const { connection, onEvent, random } = surroundings;
    this.#options = { ...options, queues: [...new Set(options.queues)] };
    this.#surroundings = surroundings;
    const purpose = `consume ${options.queues.join(", ")}`;
    this.#feeds = new Kept({ connection, purpose, open: (session) => this.#open(session), onEvent, random });
  }

  /** @throws {BrokerUnavailable} It cannot be reached within the time, or it refuses. */
  async start(timeoutMs: number): Promise<void> {
    try {
      await this.#feeds.start(timeoutMs);
    } catch (error) {
      this.#surroundings.onClosed(this);
      if (error instanceof BrokerUnavailable) throw error;
      const queues = this.#options.queues.join(", ");
      throw new BrokerUnavailable(`cannot consume from ${queues}: ${reasonOf(error)}`, { cause: error });
    }
  }

  async cancel(): Promise<void> {
    this.#feeds.stop();
    await this.#feeds.current?.cancel();
  }

  async close(): Promise<void> {
    this.#feeds.stop();
    await this.#feeds.current?.close();
    this.#surroundings.onClosed(this);
  }

  async #open(session: Session): Promise<Feed> {
    const { queues, prefetch } = this.#options;
    const { defaultQueue, onEvent, prepare } = this.#surroundings;
    await prepare?.(session);
    return Feed.open(session, {
      queues,
      prefetch,
      defaultQueue,
      onMessage: (raw, queue, feed) => this.#deliver(raw, queue, feed),
      onDeleted: (queue) => onEvent({ event: "queue.deleted", queue }),
    });
  }

  /** n.b. a feed that was still being opened when we were cancelled delivers before it is closed. */
  #deliver(raw: ConsumeMessage, queue: string, feed: Feed): void {
    if (this.#feeds.isStopped && this.#feeds.current !== feed) return;
    const parcel = new Parcel(raw, queue, feed, this.#surroundings.deathOf?.(raw));
    for (const delivery of parcel.deliveries()) this.#options.onDelivery(delivery);
  }
}
