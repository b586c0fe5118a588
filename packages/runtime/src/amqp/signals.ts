import type { Cancel, SignalListener } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import type { GuardedChannel } from "./channel.ts";
import type { OnEvent } from "./event.ts";
import type { Ending } from "./kept.ts";
import type { Link } from "./link.ts";
import { reasonOf } from "./refusal.ts";

/** The exchange that copies each signal to every worker. */
export const SIGNALS = "umbel.signals";

/** Tells all workers, on one connection: at most once, nothing waits for it. */
export class SignalSender {
  readonly #link: Link;
  readonly #onEvent: OnEvent;
  #channel: Promise<GuardedChannel> | null = null;

  constructor(link: Link, onEvent: OnEvent) {
    this.#link = link;
    this.#onEvent = onEvent;
  }

  /** Never throws: a signal that cannot be sent is dropped, with an event. */
  send(cancels: readonly Cancel[]): void {
    this.#channel ??= this.#open();
    void this.#channel
      .then(({ raw }) => raw.publish(SIGNALS, "", Buffer.from(JSON.stringify(cancels)), SIGNAL))
      .catch((error: unknown) => {
        this.#channel = null;
        this.#onEvent({ event: "reply.dropped", address: SIGNALS, reason: reasonOf(error) });
      });
  }

  async #open(): Promise<GuardedChannel> {
    const channel = await this.#link.channel();
    void channel.ended.then(() => (this.#channel = null));
    await channel.raw.assertExchange(SIGNALS, "fanout", { durable: true });
    return channel;
  }
}

const SIGNAL = { contentType: "application/json", contentEncoding: "utf-8", persistent: false };

/**
 * Declares a queue of our own, which goes with the connection, and hears what all workers are told.
 *
 * @throws {Error} The broker refuses.
 */
export async function hearSignals(
  link: Link,
  { onSignal }: Pick<SignalListener, "onSignal">,
  onEvent: OnEvent,
): Promise<Ending> {
  const channel = await link.channel();
  const hear = (message: ConsumeMessage | null): void => {
    if (message === null) return void channel.close(); // It is then opened again, as after any loss.
    const cancels = read(message.content, onEvent);
    if (cancels.length > 0) onSignal(cancels);
  };
  try {
    await channel.raw.assertExchange(SIGNALS, "fanout", { durable: true });
    const { queue } = await channel.raw.assertQueue("", {
      exclusive: true,
      autoDelete: true,
      durable: false,
    });
    await channel.raw.bindQueue(queue, SIGNALS, "");
    await channel.raw.consume(queue, hear, { noAck: true, exclusive: true });
  } catch (error) {
    void channel.close();
    throw error;
  }
  return channel;
}

/** What is none of ours is left out. */
function read(content: Buffer, onEvent: OnEvent): readonly Cancel[] {
  try {
    const list: unknown = JSON.parse(content.toString("utf8"));
    return (Array.isArray(list) ? (list as readonly unknown[]) : []).filter(isCancel);
  } catch (error) {
    onEvent({ event: "reply.unreadable", reason: reasonOf(error) });
    return [];
  }
}

function isCancel(value: unknown): value is Cancel {
  const { scope, reason } = (value ?? {}) as Partial<Record<keyof Cancel, unknown>>;
  return typeof scope === "string" && typeof reason === "string";
}
