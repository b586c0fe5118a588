import type { Broker, Consumer, Delivery, Message } from "@umbel/core";
import { isUndecodable } from "@umbel/core";

/** A consumer that keeps what it is delivered, for a test to wait for. It acknowledges nothing by itself. */
export class Inbox {
  readonly deliveries: Delivery[] = [];
  readonly #waiters = new Set<() => void>();
  #consumer: Consumer | null = null;

  private constructor() {}

  static async open(broker: Broker, queues: string | readonly string[], prefetch = 100): Promise<Inbox> {
    const inbox = new Inbox();
    inbox.#consumer = await broker.consume({
      queues: [queues].flat(),
      prefetch,
      onDelivery: (delivery) => inbox.#take(delivery),
    });
    return inbox;
  }

  /** The same of what the broker gives up. */
  static async ofDeadLetters(broker: Broker, name: string): Promise<Inbox> {
    const inbox = new Inbox();
    const onDelivery = (delivery: Delivery): void => inbox.#take(delivery);
    inbox.#consumer = (await broker.consumeDeadLetters?.({ name, prefetch: 100, onDelivery })) ?? null;
    return inbox;
  }

  get consumer(): Consumer {
    if (this.#consumer === null) throw new Error("it was not opened");
    return this.#consumer;
  }

  /** What was delivered so far, as the ids of its messages. */
  get ids(): readonly (string | null)[] {
    return this.deliveries.map(({ message }) => message.id);
  }

  /** The delivery at a place, from 0, as soon as it is there. */
  async at(index: number): Promise<Delivery> {
    await this.until(
      () => this.deliveries.length > index,
      () => `${index + 1} deliveries`,
    );
    return this.deliveries[index] as Delivery;
  }

  /** The first so many deliveries, as soon as they are there. */
  async first(count: number): Promise<readonly Delivery[]> {
    await this.at(count - 1);
    return this.deliveries.slice(0, count);
  }

  /** The first delivery of a message, or the first that is redelivered. */
  async of(id: string, { redelivered = false } = {}): Promise<Delivery> {
    const find = () =>
      this.deliveries.find((each) => each.message.id === id && (each.redelivered || !redelivered));
    await this.until(
      () => find() !== undefined,
      () => `a ${redelivered ? "re" : ""}delivery of ${id}`,
    );
    return find() as Delivery;
  }

  /**
   * Resolves when a condition holds, looked at after each delivery.
   *
   * @throws {Error} It did not within 10 s.
   */
  async until(holds: () => boolean, what: () => string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(look);
        reject(new Error(`expected ${what()}, but there are only [${this.ids.join(", ")}]`));
      }, PATIENCE_MS);
      this.#waiters.add(look);
      look();
    });
  }

  #take(delivery: Delivery): void {
    this.deliveries.push(delivery);
    for (const look of this.#waiters) look();
  }
}

const PATIENCE_MS = 10_000;

/**
 * The message of a delivery that can be read.
 *
 * @throws {Error} It cannot.
 */
export function messageIn({ message }: Delivery): Message {
  if (isUndecodable(message)) throw new Error(`it is undecodable: ${message.undecodable}`);
  return message;
}
