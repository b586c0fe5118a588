import type { ConfirmChannel, Message as RawMessage } from "amqplib";
import type { Bagged } from "../bag.ts";
import { Bag } from "../bag.ts";
import type { GuardedChannel } from "./channel.ts";
import type { Publication } from "./publication.ts";
import { sendConfirmed } from "./sending.ts";

/** How the broker answered one publication. */
export type Answer = "taken" | "returned" | "refused" | "lost";

/** A confirm channel, and what is on its way on it. */
export class Outbox {
  readonly channel: GuardedChannel<ConfirmChannel>;
  readonly #unconfirmed = new Bag<Sent>();

  constructor(channel: GuardedChannel<ConfirmChannel>) {
    this.channel = channel;
    channel.raw.on("return", (message) => this.#returned(message));
  }

  /**
   * Sends one; `onAnswer` is called once, later.
   *
   * @throws {Error} It cannot be encoded, or the channel has ended. Nothing was sent.
   */
  send(publication: Publication, onAnswer: (answer: Answer) => void): void {
    const { queue, content, properties } = publication;
    const sent: Sent = { publication, isReturned: false, place: -1 };
    sendConfirmed(this.channel.raw, queue, content, properties, (error) => {
      this.#unconfirmed.delete(sent);
      onAnswer(this.#answerTo(sent, error));
    });
    this.#unconfirmed.add(sent);
  }

  #answerTo(sent: Sent, error: unknown): Answer {
    // n.b. amqplib tells of a nack by this text alone, and of the channel's end before the channel itself does.
    if (error instanceof Error) return error.message === "message nacked" ? "refused" : "lost";
    return sent.isReturned ? "returned" : "taken";
  }

  /**
   * What no queue takes comes back before it is confirmed, without the tag it was sent under. It is one of those
   * with the same content; if there are several of them, it does not matter which.
   */
  #returned(message: RawMessage): void {
    for (const sent of this.#unconfirmed) {
      if (sent.isReturned || !isSame(sent.publication, message)) continue;
      sent.isReturned = true;
      return;
    }
  }
}

interface Sent extends Bagged {
  readonly publication: Publication;
  isReturned: boolean;
}

function isSame({ queue, content, properties }: Publication, message: RawMessage): boolean {
  return (
    message.fields.routingKey === queue &&
    message.properties.correlationId === properties.correlationId &&
    nonceOf(message.properties.headers) === nonceOf(properties.headers) &&
    content.equals(message.content)
  );
}

function nonceOf(headers: Readonly<Record<string, unknown>> | undefined): string {
  const umbel = headers?.["umbel"];
  return typeof umbel === "string" ? umbel : "";
}
