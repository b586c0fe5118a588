import type { OutcomeRecord } from "@umbel/core";
import { decodeReplies, encodeReplies } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import type { GuardedChannel } from "./channel.ts";
import type { OnEvent } from "./event.ts";
import type { Ending } from "./kept.ts";
import type { Link } from "./link.ts";
import { reasonOf } from "./refusal.ts";
import { send } from "./sending.ts";

/** Sends replies on one connection: at most once, nothing waits for them, and nothing is said when nobody listens. */
export class ReplySender {
  readonly #link: Link;
  readonly #onEvent: OnEvent;
  #opening: Promise<void> | null = null;
  #channel: GuardedChannel | null = null;

  constructor(link: Link, onEvent: OnEvent) {
    this.#link = link;
    this.#onEvent = onEvent;
  }

  /** Never throws: a reply that cannot be sent is dropped, with an event. */
  send(address: string, records: readonly OutcomeRecord[]): void {
    if (this.#channel?.isOpen === true) return this.#send(this.#channel, address, records);
    this.#opening ??= this.#open();
    void this.#opening.then(() => this.#channel && this.#send(this.#channel, address, records));
  }

  async #open(): Promise<void> {
    try {
      this.#channel = await this.#link.channel();
    } catch {
      this.#channel = null; // The connection ended, and the replies with it.
    } finally {
      this.#opening = null;
    }
  }

  #send({ raw }: GuardedChannel, address: string, records: readonly OutcomeRecord[]): void {
    try {
      const correlation = records.length === 1 && records[0] && { correlationId: records[0].id };
      send(raw, address, Buffer.from(encodeReplies(records)), { ...REPLY, ...correlation });
    } catch (error) {
      this.#onEvent({ event: "reply.dropped", address, reason: reasonOf(error) });
    }
  }
}

const REPLY = { contentType: "application/json", contentEncoding: "utf-8", persistent: false, priority: 0 };

/** What a process does with the replies it gets. */
export interface ReplyListener {
  readonly onReplies: (records: readonly OutcomeRecord[]) => void;
  readonly onEvent: OnEvent;
}

/**
 * Declares a reply queue of our own, which goes with the connection, and hears what comes.
 *
 * @throws {Error} The broker refuses: after a cut it may take the old connection, which owns this queue, to be alive.
 */
export async function hearReplies(link: Link, address: string, listener: ReplyListener): Promise<Ending> {
  const channel = await link.channel();
  const hear = (message: ConsumeMessage | null): void => {
    if (message !== null) return pass(message, listener);
    listener.onEvent({ event: "queue.deleted", queue: address });
    void channel.close(); // It is then opened again, as after any loss.
  };
  try {
    await channel.raw.assertQueue(address, { exclusive: true, autoDelete: true, durable: false });
    await channel.raw.consume(address, hear, { noAck: true, exclusive: true });
  } catch (error) {
    void channel.close();
    throw error;
  }
  return channel;
}

function pass({ content }: ConsumeMessage, { onReplies, onEvent }: ReplyListener): void {
  const records = read(content, onEvent);
  if (records.length > 0) onReplies(records);
}

function read(content: Buffer, onEvent: OnEvent): readonly OutcomeRecord[] {
  try {
    return decodeReplies(content.toString("utf8"));
  } catch (error) {
    onEvent({ event: "reply.unreadable", reason: reasonOf(error) });
    return [];
  }
}
