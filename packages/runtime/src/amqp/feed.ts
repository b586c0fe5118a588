import type { Messages } from "@umbel/core";
import { BrokerUnavailable, PublishFailed } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import { Acknowledgements } from "./acknowledgements.ts";
import type { GuardedChannel } from "./channel.ts";
import { FAREWELL_MS, within } from "./patience.ts";
import type { Publication } from "./publication.ts";
import type { Publisher } from "./publisher.ts";
import type { Session } from "./session.ts";

/** What a {@link Feed} delivers, and to whom. */
export interface FeedOptions {
  readonly queues: readonly string[];
  readonly prefetch: number;
  readonly defaultQueue: string;
  readonly onMessage: (raw: ConsumeMessage, queue: string, feed: Feed) => void;
  /** Somebody deleted a queue; the feed consumes from it again where it can, else it ends. */
  readonly onDeleted: (queue: string) => void;
}

/**
 * One channel that delivers, and that takes the acknowledgements for what it delivered. It is never reopened, but
 * replaced: tags repeat on the next channel, where they mean other messages (rule 8).
 */
export class Feed {
  readonly ended: Promise<string>;
  readonly #session: Session;
  readonly #channel: GuardedChannel;
  readonly #options: FeedOptions;
  readonly #consumerTags = new Map<string, string>();
  readonly #acknowledgements: Acknowledgements;
  #isCancelled = false;
  #isSilent = false;

  private constructor(session: Session, channel: GuardedChannel, options: FeedOptions) {
    this.#session = session;
    this.#channel = channel;
    this.#options = options;
    this.ended = channel.ended;
    this.#acknowledgements = new Acknowledgements((tag, multiple) => channel.raw.ack(tagged(tag), multiple));
  }

  /**
   * Declares the queues and consumes from them.
   *
   * @throws {Error} The connection ended, or the broker refuses.
   */
  static async open(session: Session, options: FeedOptions): Promise<Feed> {
    const { queues } = options;
    await Promise.all(queues.map((queue) => session.topology.declare(queue)));
    const feed = new Feed(session, await session.link.channel(), options);
    try {
      for (const queue of queues) await feed.#consume(queue);
    } catch (error) {
      void feed.close();
      throw error;
    }
    return feed;
  }

  get isAlive(): boolean {
    return this.#channel.isOpen && this.#session.link.isAlive;
  }

  /** @throws {PublishFailed} This channel is gone, or the broker did not confirm. */
  async publish(messages: Messages): Promise<void> {
    return this.#through((publisher) => publisher.publishAll(messages, this.#options.defaultQueue));
  }

  /** @throws {PublishFailed} As {@link publish}. */
  put(publication: Publication): Promise<void> {
    return this.#through((publisher) => publisher.publishOne(publication));
  }

  async #through(publish: (publisher: Publisher) => Promise<void>): Promise<void> {
    if (!this.isAlive) throw new PublishFailed("what delivered this message is gone: it is delivered again");
    try {
      await publish(this.#session.publisher);
    } catch (error) {
      throw error instanceof BrokerUnavailable ? new PublishFailed(error.message, { cause: error }) : error;
    }
  }

  /** Acknowledges, together with whatever else is acknowledged in this turn of the event loop. */
  ack(tag: number): void {
    if (this.isAlive && this.#acknowledgements.add(tag)) setImmediate(() => this.#flush());
  }

  requeue(tag: number): void {
    if (!this.isAlive) return;
    this.#acknowledgements.finish(tag);
    this.#channel.raw.nack(tagged(tag), false, true);
  }

  /** Ends deliveries. Resolves when no more come. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    if (!this.isAlive) return;
    const cancelling = [...this.#consumerTags.values()].map((tag) => this.#channel.raw.cancel(tag));
    // A channel that ends meanwhile delivers no more, either.
    await within(FAREWELL_MS, Promise.race([Promise.allSettled(cancelling), this.ended]));
    this.#isSilent = true;
  }

  async close(): Promise<void> {
    this.#isCancelled = true;
    this.#isSilent = true;
    this.#flush();
    await this.#channel.close();
  }

  #flush(): void {
    if (this.isAlive) this.#acknowledgements.flush();
  }

  /** n.b. what is set by `prefetch` holds for the consumers that follow it, each for itself. */
  async #consume(queue: string): Promise<void> {
    const { raw } = this.#channel;
    await raw.prefetch(shareOf(queue, this.#options));
    const { consumerTag } = await raw.consume(queue, (message) => this.#take(message, queue));
    this.#consumerTags.set(queue, consumerTag);
  }

  #take(message: ConsumeMessage | null, queue: string): void {
    if (message === null) void this.#deleted(queue);
    else if (!this.#isSilent) this.#options.onMessage(message, queue, this);
  }

  async #deleted(queue: string): Promise<void> {
    this.#consumerTags.delete(queue);
    this.#options.onDeleted(queue);
    try {
      await this.#session.topology.declareAgain(queue);
      if (!this.#isCancelled) await this.#consume(queue);
    } catch {
      await this.close(); // Whoever keeps this feed opens another.
    }
  }
}

/** An equal share of the prefetch for each queue, at least 1; the first queues have what is left over. */
function shareOf(queue: string, { queues, prefetch }: FeedOptions): number {
  const left = queues.indexOf(queue) < prefetch % queues.length ? 1 : 0;
  return Math.max(1, Math.floor(prefetch / queues.length) + left);
}

/** n.b. amqplib wants a whole message where it needs its tag. */
function tagged(deliveryTag: number): ConsumeMessage {
  return { fields: { deliveryTag } } as ConsumeMessage;
}
