import { randomUUID } from "node:crypto";
import type { ConfirmChannel } from "amqplib";
import { connect } from "amqplib";

/** What the worker of a limit does with a message. */
export type Kind = "acknowledge" | "call" | "chain" | "hop" | "member" | "header";

/** Where a limit's programs find what they need, and how much they move. */
export interface LimitPlaces {
  readonly broker: string;
  readonly backend: string;
  readonly queues: readonly [string, string];
  /** Of a message, in bytes. */
  readonly message: number;
  /** Of an outcome, in bytes. */
  readonly outcome: number;
}

export function limitPlacesFrom(environment: NodeJS.ProcessEnv): LimitPlaces {
  const of = (name: string): string => environment[name] ?? "";
  return {
    broker: of("BENCH_BROKER"),
    backend: of("BENCH_BACKEND"),
    queues: [of("BENCH_QUEUE"), of("BENCH_OTHER_QUEUE")],
    message: Number(of("BENCH_MESSAGE_BYTES")),
    outcome: Number(of("BENCH_OUTCOME_BYTES")),
  };
}

/** The client of the limits: amqplib, a queue for replies, and nothing else. */
export class LimitWorld {
  readonly #channel: ConfirmChannel;
  readonly #places: LimitPlaces;
  readonly #replyTo: string;
  #replied = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(channel: ConfirmChannel, places: LimitPlaces, replyTo: string) {
    this.#channel = channel;
    this.#places = places;
    this.#replyTo = replyTo;
  }

  static async open(places: LimitPlaces): Promise<LimitWorld> {
    const connection = await connect(places.broker, { noDelay: true });
    const channel = await connection.createConfirmChannel();
    for (const queue of places.queues) await channel.assertQueue(queue, { durable: true });
    const { queue: replyTo } = await channel.assertQueue("", { exclusive: true });
    const world = new LimitWorld(channel, places, replyTo);
    await channel.consume(replyTo, (message) => world.#hear(Number(message?.properties.messageId)), {
      noAck: true,
    });
    return world;
  }

  /**
   * Publishes a message, durable; resolves when the broker has confirmed it.
   *
   * @param about - What the worker has to know: how many steps are left, which join of how many.
   * @param bytes - Of its content; default as many as a message of ours has.
   */
  publish(kind: Kind, about: string | number = "", bytes = this.#places.message): Promise<void> {
    const content = Buffer.alloc(bytes, "x");
    const properties = {
      persistent: true,
      type: kind,
      correlationId: String(about),
      replyTo: this.#replyTo,
      messageId: randomUUID(),
    };
    return new Promise((resolve, reject) => {
      this.#channel.sendToQueue(this.#places.queues[0], content, properties, (error) =>
        error === null ? resolve() : reject(error as Error),
      );
    });
  }

  /** Resolves when so many more outcomes were replied; in the order in which it was called. */
  replies(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #hear(outcomes: number): void {
    this.#replied += outcomes;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (this.#replied < first.count) return;
      this.#replied -= first.count;
      this.#waiting.shift();
      first.resolve();
    }
  }
}
