import type {
  Broker,
  Cancel,
  ConsumeOptions,
  Consumer,
  DeadLetterOptions,
  Messages,
  OutcomeRecord,
  SignalListener,
} from "@umbel/core";
import { BrokerUnavailable, InvalidOption, REPLY_PREFIX } from "@umbel/core";
import { nanoid } from "nanoid";
import { parseAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import type { ConsumerSurroundings } from "./consumer.ts";
import { AmqpConsumer } from "./consumer.ts";
import { declareDeadLetters, deathOf } from "./dead-letters.ts";
import type { ConnectionEvent, OnEvent } from "./event.ts";
import type { Ending } from "./kept.ts";
import { Kept } from "./kept.ts";
import { hearReplies } from "./replies.ts";
import { hearSignals } from "./signals.ts";
import { DEFAULT_QUEUE, isRefusal } from "./topology.ts";

export interface AmqpOptions {
  /** How long `open`, `publish`, `consume` and `listen` wait for a connection: milliseconds, 1 to 2^31 - 1. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Where messages go whose step names no queue. Default `celery`. */
  readonly defaultQueue?: string;
  /** What happens to the connection, for logs. Must not throw. */
  readonly onEvent?: (event: ConnectionEvent) => void;
  /** Uniform in [0, 1): how the pauses between attempts to connect are jittered. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Messages over RabbitMQ, in Celery's protocol 2.
 *
 * It opens itself at its first use. Once it was connected it reconnects for ever, and holds the process, until
 * {@link close}. With several queues each has an equal share of a consumer's prefetch, at least 1: an idle queue's
 * share is not used by the others.
 */
export class AmqpBroker implements Broker {
  readonly #connection: Connection;
  readonly #consumers = new Set<AmqpConsumer>();
  readonly #connectTimeoutMs: number;
  readonly #defaultQueue: string;
  readonly #onEvent: OnEvent;
  readonly #random: () => number;
  readonly #signals = new Set<Kept<Ending>>();
  #replies: Kept<Ending> | null = null;
  #isClosed = false;

  /** @throws {InvalidOption} The URL cannot be used, or an option is out of its bounds. */
  constructor(url: string, options: AmqpOptions = {}) {
    const { connectTimeoutMs = 5_000, defaultQueue = DEFAULT_QUEUE, onEvent, random = Math.random } = options;
    checkConnectTimeout(connectTimeoutMs);
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#defaultQueue = defaultQueue;
    this.#onEvent = (event) => void (this.#isClosed || onEvent?.(event));
    this.#random = random;
    const address = parseAddress(url);
    this.#connection = new Connection({ address, connectTimeoutMs, onEvent: this.#onEvent, random });
  }

  async open(): Promise<void> {
    await this.#connection.session(this.#connectTimeoutMs);
  }

  async publish(messages: Messages): Promise<void> {
    if (messages.length === 0) return;
    const { publisher } = await this.#connection.session(this.#connectTimeoutMs);
    return publisher.publishAll(messages, this.#defaultQueue);
  }

  /**
   * @throws {InvalidOption} No queue, or a prefetch out of its bounds.
   * @throws {BrokerUnavailable} It cannot be reached, or does not let us consume.
   */
  async consume(options: ConsumeOptions): Promise<Consumer> {
    return this.#consume(options, {});
  }

  /**
   * @returns Null where there is no such queue and we may not declare it, or may not consume from it: what RabbitMQ gives up
   *   stays where it is; `dead-letters.refused` has told why.
   * @throws {InvalidOption} The name is empty, or a prefetch out of its bounds.
   * @throws {BrokerUnavailable} It cannot be reached.
   */
  async consumeDeadLetters({ name, prefetch, onDelivery }: DeadLetterOptions): Promise<Consumer | null> {
    const onEvent = this.#onEvent;
    try {
      return await this.#consume(
        { queues: [name], prefetch, onDelivery },
        {
          prepare: (session) => declareDeadLetters(session, name, onEvent),
          deathOf: (raw) => deathOf(raw, name),
        },
      );
    } catch (error) {
      if (!(error instanceof BrokerUnavailable && isRefusal(error.cause))) throw error;
      onEvent({ event: "dead-letters.refused", name, reason: error.message });
      return null;
    }
  }

  /**
   * @throws {InvalidOption} It was called before.
   * @throws {BrokerUnavailable} It cannot be reached; `listen` may then be called again.
   */
  async listen(
    onReplies: (records: readonly OutcomeRecord[]) => void,
    onReconnected: () => void,
  ): Promise<string> {
    if (this.#replies !== null)
      throw new InvalidOption("listen() was called before; a broker has one reply queue");
    const address = `${REPLY_PREFIX}${nanoid()}`;
    this.#replies = this.#keepReplies(address, onReplies, onReconnected);
    try {
      await this.#replies.start(this.#connectTimeoutMs);
      return address;
    } catch (error) {
      this.#replies = null;
      throw error;
    }
  }

  reply(address: string, records: readonly OutcomeRecord[]): void {
    this.#connection.current?.replies.send(address, records);
  }

  broadcast(cancels: readonly Cancel[]): void {
    this.#connection.current?.signals.send(cancels);
  }

  /** @throws {BrokerUnavailable} It cannot be reached. */
  async onSignal(listener: SignalListener): Promise<() => Promise<void>> {
    const signals = this.#keepSignals(listener);
    await signals.start(this.#connectTimeoutMs);
    this.#signals.add(signals);
    return async () => {
      signals.stop();
      this.#signals.delete(signals);
      await signals.current?.close();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const signals of this.#signals) signals.stop();
    this.#replies?.stop();
    // n.b. what consumers have to say goes first on their channels, but nothing waits for it twice.
    const leaving = [...this.#consumers].map((consumer) => consumer.close());
    await Promise.all([...leaving, this.#connection.close()]);
  }

  async #consume(
    options: ConsumeOptions,
    more: Pick<ConsumerSurroundings, "prepare" | "deathOf">,
  ): Promise<Consumer> {
    checkConsume(options);
    const consumer = new AmqpConsumer(options, {
      connection: this.#connection,
      defaultQueue: this.#defaultQueue,
      onEvent: this.#onEvent,
      random: this.#random,
      onClosed: (closed) => this.#consumers.delete(closed),
      ...more,
    });
    this.#consumers.add(consumer);
    await consumer.start(this.#connectTimeoutMs);
    return consumer;
  }

  #keepSignals({ onSignal, onReconnected }: SignalListener): Kept<Ending> {
    const onEvent = this.#onEvent;
    const hear = (cancels: readonly Cancel[]): void => void (this.#isClosed || onSignal(cancels));
    return new Kept({
      connection: this.#connection,
      purpose: "signals",
      open: ({ link }) => hearSignals(link, { onSignal: hear }, onEvent),
      onReopened: onReconnected,
      onEvent,
      random: this.#random,
    });
  }

  #keepReplies(
    address: string,
    onReplies: (records: readonly OutcomeRecord[]) => void,
    onReopened: () => void,
  ): Kept<Ending> {
    const onEvent = this.#onEvent;
    const hear = (records: readonly OutcomeRecord[]): void => void (this.#isClosed || onReplies(records));
    return new Kept({
      connection: this.#connection,
      purpose: `replies ${address}`,
      open: ({ link }) => hearReplies(link, address, { onReplies: hear, onEvent }),
      onReopened,
      onEvent,
      random: this.#random,
    });
  }
}

/** n.b. Node's timers fire at once when they are to wait for longer than this. */
const MOST_MS = 2 ** 31 - 1;

function checkConnectTimeout(ms: number): void {
  if (Number.isInteger(ms) && ms >= 1 && ms <= MOST_MS) return;
  throw new InvalidOption(
    `connectTimeoutMs is ${ms}; expected milliseconds, an integer from 1 to ${MOST_MS}`,
  );
}

function checkConsume({ queues, prefetch }: ConsumeOptions): void {
  if (queues.length === 0 || queues.includes(""))
    throw new InvalidOption("a consumer needs queues, each with a name");
  if (Number.isInteger(prefetch) && prefetch >= 1 && prefetch <= 65_535) return;
  throw new InvalidOption(`prefetch is ${prefetch}; expected an integer from 1 to 65,535`);
}
