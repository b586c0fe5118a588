import type { Message, Messages } from "@umbel/core";
import { BrokerUnavailable, InvalidOption, PublishFailed } from "@umbel/core";
import { IllegalOperationError } from "amqplib";
import { Gathering } from "./gathering.ts";
import type { Link } from "./link.ts";
import type { Answer } from "./outbox.ts";
import { Outbox } from "./outbox.ts";
import type { Publication } from "./publication.ts";
import { encode, encodeAll, mayShare } from "./publication.ts";
import { reasonOf } from "./refusal.ts";
import type { Topology } from "./topology.ts";

/**
 * Publishes on one connection, each message confirmed.
 *
 * All calls share a confirm channel. When the broker closes it (it does so over a message it will not have), what
 * was on its way is lost with it, and the next call opens another one; the consumers' channels live on.
 */
export class Publisher {
  readonly #link: Link;
  readonly #topology: Topology;
  #outbox: Promise<Outbox> | null = null;
  /** The same, once it is there. */
  #opened: Outbox | null = null;
  #gathering: Gathering | null = null;

  constructor(link: Link, topology: Topology) {
    this.#link = link;
    this.#topology = topology;
  }

  /**
   * Publishes messages; see {@link publish}. What may travel together does.
   *
   * @param defaultQueue - Where those go whose step names no queue.
   */
  publishAll(messages: Messages, defaultQueue: string): Promise<void> {
    const [only] = messages.length > 1 ? [] : messages;
    if (only === undefined) return this.publish(encodeAll(messages, defaultQueue));
    return mayShare(only)
      ? this.#gatheringFor(defaultQueue).add(only)
      : this.publishOne(encode(only, defaultQueue));
  }

  #gatheringFor(defaultQueue: string): Gathering {
    this.#gathering ??= new Gathering((messages) =>
      messages.length === 1
        ? this.publishOne(encode(messages[0] as Message, defaultQueue))
        : this.publishAll(messages, defaultQueue),
    );
    return this.#gathering;
  }

  /**
   * Resolves when the broker has confirmed every message. At most 500 of a call are on their way at a time.
   *
   * @throws {BrokerUnavailable} The connection ended before anything was sent.
   * @throws {PublishFailed} It is not known which were taken.
   * @throws {InvalidOption} One cannot be sent, now or ever: its headers are too large. Those before it may be taken.
   */
  async publish(publications: Iterator<Publication>): Promise<void> {
    const outbox = await this.#open();
    await new Batch(outbox, this.#topology, publications).confirmed;
  }

  /** The same for one message. n.b. Most are sent alone, where all is ready: that costs one promise. */
  publishOne(publication: Publication): Promise<void> {
    const [outbox, topology] = [this.#opened, this.#topology];
    if (outbox === null || !topology.isSettled(publication.queue))
      return this.publish([publication].values());
    return new Promise((resolve) => {
      try {
        outbox.send(publication, (answer) => {
          if (answer === "taken") resolve();
          else resolve(new Batch(outbox, topology, NOTHING, { publication, answer }).confirmed);
        });
      } catch {
        resolve(new Batch(outbox, topology, [publication].values()).confirmed); // which is told why
      }
    });
  }

  #open(): Promise<Outbox> {
    this.#outbox ??= this.#openOutbox();
    return this.#outbox;
  }

  async #openOutbox(): Promise<Outbox> {
    try {
      const channel = await this.#link.confirmChannel();
      const outbox = new Outbox(channel);
      this.#opened = outbox;
      void channel.ended.then(() => (this.#outbox = this.#opened = null));
      return outbox;
    } catch (error) {
      this.#outbox = null;
      throw unsent(this.#link.reason, error);
    }
  }
}

/**
 * On their way at a time. n.b. More is slower: whoever publishes gets ahead of who consumes, and what waits in a queue costs
 * RabbitMQ a third more than what passes through (chord of 5,000: 76 µs of CPU a member with 2,000, 61 with 250). With 250 it is the
 * broker's confirms that are waited for: 500 take 0.96 of the time.
 */
const MOST_UNCONFIRMED = 500;
const MOST_UNCONFIRMED_BYTES = 32 * 1024 * 1024;

/** Sent in one turn of the event loop, so that the first are on the wire while the next are encoded. */
const SLICE = 125;

const NOTHING: Iterator<Publication> = [].values();

interface Answered {
  readonly publication: Publication;
  readonly answer: Answer;
}

/** The publications of one call, on their way to being confirmed. */
class Batch {
  readonly confirmed: Promise<void>;
  readonly #outbox: Outbox;
  readonly #topology: Topology;
  readonly #rest: Iterator<Publication>;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  #unconfirmed = 0;
  #bytes = 0;
  #isAllSent = false;
  #isFailed = false;
  #isFilling = false;
  #isAnySent = false;

  /** @param sent - One that was sent before, and how the broker answered. */
  constructor(outbox: Outbox, topology: Topology, publications: Iterator<Publication>, sent?: Answered) {
    this.#outbox = outbox;
    this.#topology = topology;
    this.#rest = publications;
    this.confirmed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (sent === undefined) this.#fill();
    else this.#take(sent);
  }

  #take({ publication, answer }: Answered): void {
    this.#isAllSent = true;
    this.#isAnySent = true;
    this.#unconfirmed = 1;
    this.#bytes = publication.content.length;
    this.#answered(publication, answer);
  }

  #fill(): void {
    this.#isFilling = false;
    for (let sent = 0; this.#hasRoom(); sent += 1) {
      if (sent === SLICE) return this.#fillNextTurn();
      const next = this.#next();
      if (next === null) break;
      if (!this.#topology.isSettled(next.queue)) return void this.#sendDeclared(next);
      this.#sendFirst(next);
    }
    this.#resolveIfDone();
  }

  /** Null where there is no more, or where it cannot be encoded: then all of them fail. */
  #next(): Publication | null {
    try {
      const { done, value } = this.#rest.next();
      if (done !== true) return value;
      this.#isAllSent = true;
    } catch (error) {
      this.#fail(error as Error);
    }
    return null;
  }

  /** The rest waits for its queue. */
  async #sendDeclared(publication: Publication): Promise<void> {
    this.#isFilling = true;
    try {
      await this.#topology.declare(publication.queue);
    } catch (error) {
      const { reason } = this.#outbox.channel;
      return this.#fail(this.#isAnySent ? unknown(reason ?? reasonOf(error)) : unsent(reason, error));
    }
    if (this.#isFailed) return;
    this.#sendFirst(publication);
    this.#fill();
  }

  #sendFirst(publication: Publication): void {
    this.#send(publication, (answer) => this.#answered(publication, answer));
  }

  #hasRoom(): boolean {
    const isDone = this.#isAllSent || this.#isFailed;
    return !isDone && this.#unconfirmed < MOST_UNCONFIRMED && this.#bytes < MOST_UNCONFIRMED_BYTES;
  }

  #fillNextTurn(): void {
    if (this.#isFilling || this.#isAllSent) return;
    this.#isFilling = true;
    setImmediate(() => this.#fill());
  }

  #resolveIfDone(): void {
    if (this.#isAllSent && this.#unconfirmed === 0) this.#resolve();
  }

  #send(publication: Publication, onAnswer: (answer: Answer) => void): void {
    try {
      this.#outbox.send(publication, onAnswer);
      this.#isAnySent = true;
      this.#unconfirmed += 1;
      this.#bytes += publication.content.length;
    } catch (error) {
      if (error instanceof IllegalOperationError) this.#lose();
      else this.#fail(unsendable(publication, error));
    }
  }

  #answered(publication: Publication, answer: Answer): void {
    if (answer === "lost") return this.#lose();
    if (answer === "refused") return this.#fail(unknown(`the broker refused ${publication.title}`));
    if (answer === "returned") return void this.#sendAgain(publication);
    this.#forget(publication);
    this.#resolveIfDone();
    this.#fillNextTurn();
  }

  #forget({ content }: Publication): void {
    this.#unconfirmed -= 1;
    this.#bytes -= content.length;
  }

  /** Somebody has deleted the queue since it was declared: nobody has taken this message. */
  async #sendAgain(publication: Publication): Promise<void> {
    try {
      await this.#topology.declareAgain(publication.queue);
    } catch {
      return this.#lose();
    }
    if (this.#isFailed) return;
    this.#forget(publication);
    this.#send(publication, (answer) => {
      if (answer === "returned") this.#fail(this.#homeless(publication));
      else this.#answered(publication, answer);
    });
  }

  #homeless({ queue, title }: Publication): PublishFailed {
    const refusal = this.#topology.refusal(queue) ?? "it was declared, and was gone again at once";
    return unknown(`no queue "${queue}" took ${title}: ${refusal}`);
  }

  /** The channel has ended; why, it knows one microtask later. */
  #lose(): void {
    this.#isFailed = true;
    void this.#outbox.channel.ended.then((reason) => this.#reject(unknown(reason)));
  }

  #fail(error: Error): void {
    this.#isFailed = true;
    this.#reject(error);
  }
}

/** @param known - Why the connection ended; null where that is not known. */
function unsent(known: string | null, error: unknown): BrokerUnavailable {
  const reason = known ?? reasonOf(error);
  return new BrokerUnavailable(`nothing was published: ${reason}; it may be tried again`, { cause: error });
}

function unknown(reason: string): PublishFailed {
  return new PublishFailed(
    `it is not known which messages were taken: ${reason}; publish them again as suspects`,
  );
}

function unsendable({ title }: Publication, error: unknown): InvalidOption {
  const reason = reasonOf(error);
  const advice = /field table/.test(reason)
    ? "; AMQP's headers hold 64 KiB: put what is large into args"
    : "";
  return new InvalidOption(`${title} cannot be sent: ${reason}${advice}`, { cause: error });
}
