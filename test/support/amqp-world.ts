import type { Broker } from "@umbel/core";
import type { Channel, ChannelModel, GetMessage, Options } from "amqplib";
import { connect } from "amqplib";
import { randomBytes } from "node:crypto";
import { expect, vi } from "vitest";
import type { BrokerWorld, DeadLetter, RawMessage } from "../contract/broker/world.ts";
import type { AmqpOptions, ConnectionEvent } from "./amqp-broker.ts";
import { AmqpBroker } from "./amqp-broker.ts";
import { AmqpProxy } from "./amqp-proxy.ts";

/** A RabbitMQ with queues of our own, each broker behind a proxy of its own, and a plain channel to look behind it all. */
export class AmqpWorld implements BrokerWorld {
  readonly defaultQueue: string;
  /** A channel past the proxies, for what no port offers. A refusal closes it. */
  readonly channel: Channel;
  readonly #connection: ChannelModel;
  readonly #queues: string[] = [];
  readonly #clients = new Map<Broker, Client>();
  readonly #spares: AmqpProxy[] = [];

  private constructor(connection: ChannelModel, channel: Channel, spares: readonly AmqpProxy[]) {
    this.#connection = connection;
    this.channel = channel;
    this.#spares.push(...spares);
    this.defaultQueue = this.queue();
  }

  static async open(url: string): Promise<AmqpWorld> {
    const connection = await connect(url, { noDelay: true });
    connection.on("error", () => {});
    const channel = await connection.createChannel();
    channel.on("error", () => {});
    const spares = await Promise.all(Array.from({ length: MOST_BROKERS }, () => AmqpProxy.start(url)));
    return new AmqpWorld(connection, channel, spares);
  }

  /** @param query - Of its URL: `?heartbeat=1`. */
  broker(options: AmqpOptions = {}, query = ""): AmqpBroker {
    const proxy = this.#spares.pop();
    if (proxy === undefined) throw new Error(`a world has at most ${MOST_BROKERS} brokers`);
    const events: ConnectionEvent[] = [];
    const onEvent = (event: ConnectionEvent): void => void events.push(event);
    const broker = new AmqpBroker(`${proxy.url}${query}`, {
      defaultQueue: this.defaultQueue,
      onEvent,
      ...options,
    });
    this.#clients.set(broker, { proxy, events });
    return broker;
  }

  /** The proxy that a broker connects through. */
  proxy(broker: Broker): AmqpProxy {
    return this.#client(broker).proxy;
  }

  /** What a broker has told of its connection so far. */
  events(broker: Broker): readonly ConnectionEvent[] {
    return this.#client(broker).events;
  }

  /**
   * Resolves when a broker has told of something.
   *
   * @throws {Error} It did not within 10 s.
   */
  async told<Name extends ConnectionEvent["event"]>(
    broker: Broker,
    name: Name,
    times = 1,
  ): Promise<Told<Name>> {
    const those = () => this.events(broker).filter((each): each is Told<Name> => each.event === name);
    await vi.waitFor(
      () => expect(those().length, `${times} × ${name}`).toBeGreaterThanOrEqual(times),
      PATIENCE,
    );
    return those()[times - 1] as Told<Name>;
  }

  async cut(broker: Broker): Promise<void> {
    this.proxy(broker).reset();
  }

  queue(): string {
    const queue = `umbel.test.${randomBytes(8).toString("hex")}`;
    this.#queues.push(queue);
    return queue;
  }

  async dyingQueue(deadLetters: string): Promise<string> {
    return this.queueThat({ messageTtl: 0 }, deadLetters);
  }

  /** A queue that somebody made, whose dead letters go to an exchange. */
  async queueThat(options: Options.AssertQueue, deadLetters: string): Promise<string> {
    const queue = this.queue();
    await this.channel.assertQueue(queue, { durable: true, deadLetterExchange: deadLetters, ...options });
    return queue;
  }

  async putRaw(queue: string, { body, ...properties }: RawMessage): Promise<void> {
    await this.channel.assertQueue(queue, { durable: true });
    const confirmed = await this.#connection.createConfirmChannel();
    confirmed.sendToQueue(queue, body, properties);
    await confirmed.waitForConfirms();
    await confirmed.close();
  }

  /** What waits in a queue, not counting what is out for delivery. */
  async depth(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).messageCount;
  }

  /** Takes the next message of a queue, as amqplib has it. */
  async take(queue: string): Promise<GetMessage> {
    const message = await this.channel.get(queue, { noAck: true });
    if (message === false) throw new Error(`${queue} is empty`);
    return message;
  }

  /** Looks at all dead letters, and leaves them where they are. */
  async deadLetters(): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = [];
    await this.#lookAtDeadLetters((letter) => letters.push(letter) < 0);
    return letters;
  }

  async close(): Promise<void> {
    for (const broker of this.#clients.keys()) await broker.close();
    for (const { proxy } of this.#clients.values()) await proxy.close();
    for (const proxy of this.#spares) await proxy.close();
    const cleaning = await this.#connection.createChannel();
    for (const queue of this.#queues) await cleaning.deleteQueue(queue);
    for (const queue of this.#queues) await cleaning.deleteExchange(queue); // of dead letters, where there is one
    await this.#lookAtDeadLetters(({ queue }) => this.#queues.includes(queue));
    await this.#connection.close();
  }

  /**
   * Takes the dead letter whose header `id` this is, as amqplib has it.
   *
   * @throws {Error} It was not there within 10 s.
   */
  async takeDeadLetter(id: string): Promise<GetMessage> {
    const found: GetMessage[] = [];
    const look = (letter: DeadLetter, raw: GetMessage): boolean => letter.id === id && found.push(raw) > 0;
    // Another world may be looking at it just now.
    await vi.waitFor(async () => {
      await this.#lookAtDeadLetters(look);
      expect(found, `dead letters ${id}`).toHaveLength(1);
    }, PATIENCE);
    return found[0] as GetMessage;
  }

  /** Shows each dead letter; those for which `look` is true are taken, the others go back. */
  async #lookAtDeadLetters(look: (letter: DeadLetter, raw: GetMessage) => boolean): Promise<void> {
    const looking = await this.#connection.createChannel();
    await looking.assertQueue("umbel.dead", { durable: true });
    for (;;) {
      const raw = await looking.get("umbel.dead");
      if (raw === false) break;
      const { id, "x-umbel-queue": queue, "x-umbel-reason": reason } = raw.properties.headers ?? {};
      const letter = { id: id ?? null, queue: String(queue), reason: String(reason) };
      if (look(letter, raw)) looking.ack(raw);
    }
    await looking.close();
  }

  #client(broker: Broker): Client {
    const client = this.#clients.get(broker);
    if (client === undefined) throw new Error("it is a broker of another world");
    return client;
  }
}

/** The events of a name. */
export type Told<Name extends ConnectionEvent["event"]> = Extract<ConnectionEvent, { readonly event: Name }>;

const PATIENCE = { timeout: 10_000, interval: 5 };

interface Client {
  readonly proxy: AmqpProxy;
  readonly events: readonly ConnectionEvent[];
}

const MOST_BROKERS = 4;
