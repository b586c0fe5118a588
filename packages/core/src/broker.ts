import type { Cancel } from "./cancel.ts";
import type { Death } from "./death.ts";
import type { Message, Messages } from "./message.ts";
import type { OutcomeRecord } from "./outcome.ts";

/** The rank of what the broker gave up: nobody else is given it any more (rule 41). */
export const HIGHEST_RANK: number = 2 ** 31 - 1;

/** A message that a worker holds until it acknowledges it. */
export interface Delivery {
  /** What to run; {@link Undecodable} where the bytes are no task message. */
  readonly message: Message | Undecodable;
  /** Whether the broker says that it was delivered before. */
  readonly redelivered: boolean;
  /**
   * How often it was delivered before, as far as the broker counts that; else 1 where it was, and 0 where it was not. Of two
   * runs of one publication the one of the lower rank is the older one (rule 40); that of what the broker gave up is above all.
   */
  readonly rank: number;
  /** The queue it came from; of what the broker gave up, the one where it did. */
  readonly queue: string;
  /** That the broker gave it up, and why: it is not to run any more. Absent for what is. */
  readonly death?: Death | undefined;
  /** Whether the channel that delivered it still lives: if not, the message is on its way to another worker. */
  isAlive(): boolean;
  /**
   * Publishes on the connection that delivered this, and resolves when the broker has confirmed every message,
   * so that a cut shows (rule 8).
   *
   * @throws {PublishFailed} The connection or the channel is gone, or a message was refused; some may have been taken.
   * @throws {InvalidOption} A message can never be sent, such as one whose headers are too large.
   */
  publish(messages: Messages): Promise<void>;
  /** Acknowledges, on the channel that delivered it and never on its successor (rule 8); a dead channel ignores it. */
  ack(): void;
  /** Puts it back into its queue, marked as redelivered. */
  requeue(): void;
  /**
   * Puts a copy, as it came, into the dead-letter queue (`umbel.dead`) with the reason; confirmed. The delivery
   * still has to be acknowledged.
   *
   * @throws {PublishFailed} As for {@link publish}.
   */
  deadLetter(reason: string): Promise<void>;
}

/** A delivery that cannot be read as a task. */
export interface Undecodable {
  /** Why, in words. */
  readonly undecodable: string;
  /** The task's id as far as the headers or properties tell; null where they do not. */
  readonly id: string | null;
  /** The task's name, likewise. */
  readonly task: string | null;
  readonly replyTo: string | null;
}

export interface ConsumeOptions {
  /** Queues to consume from; declared (durable) where they are not there. At least one. */
  readonly queues: readonly string[];
  /** Unacknowledged deliveries at a time, over all queues: an integer from 1 to 65,535. */
  readonly prefetch: number;
  /** Called for each delivery; must not throw. */
  readonly onDelivery: (delivery: Delivery) => void;
}

/** How dead letters are consumed. */
export interface DeadLetterOptions extends Pick<ConsumeOptions, "prefetch" | "onDelivery"> {
  /** The name of the exchange where the broker puts them, and of the queue behind it. */
  readonly name: string;
}

export interface Consumer {
  /** Stops deliveries. Those that are out can still be acknowledged. Resolves when no more will come. */
  cancel(): Promise<void>;
  /** Puts back what was not acknowledged, and ends the channel. */
  close(): Promise<void>;
}

/** What a worker does with what is broadcast. */
export interface SignalListener {
  /** Called with what was cancelled, as it comes; must not throw. */
  readonly onSignal: (cancels: readonly Cancel[]) => void;
  /** Called when signals may have been lost: read the store again. */
  readonly onReconnected: () => void;
}

/**
 * The port to whatever carries messages.
 *
 * The contract, tested by one suite for every broker:
 * 1. What `publish` confirmed is delivered at least once, to one consumer of its queue at a time, in order of
 *    publication per queue as long as nothing is redelivered; it survives a restart of the broker.
 * 2. What is not acknowledged when its consumer ends or its connection is cut is delivered again, marked.
 * 3. Nobody changes a message. Values are copied where users' code meets them (`toJson`, `fromJson`), so that a broker
 *    in memory may deliver the very message that was published.
 * 4. After a lost connection the broker reconnects with backoff, declares and consumes again by itself.
 *    Deliveries of the lost connection are then dead: `isAlive()` is false, `ack()` does nothing.
 * 5. What cannot be read is delivered as `Undecodable`, never dropped.
 * 6. Replies are pushed at most once, in batches, to the one process that listens; nothing waits for them.
 *    Signals likewise, to every process that listens.
 * 7. What the broker itself gives up (it expired in its queue, was delivered too often, did not fit) and puts among the
 *    dead letters is delivered to one of those who consume them, with its `death`; until it is acknowledged, again.
 * 8. After `close()` no handle is left open and no callback is called.
 */
export interface Broker {
  /**
   * Connects. Calling it again does nothing.
   *
   * @throws {BrokerUnavailable} It cannot be reached within the time allowed, or refuses us.
   */
  open(): Promise<void>;
  /**
   * Publishes, and resolves when the broker has confirmed every message.
   *
   * @throws {BrokerUnavailable} It cannot be reached: nothing was published.
   * @throws {PublishFailed} It is not known which were taken: publish them again as suspects.
   * @throws {InvalidOption} A message can never be sent, such as one whose headers are too large.
   */
  publish(messages: Messages): Promise<void>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  /**
   * Consumes what the broker itself gave up. Absent where a broker gives nothing up.
   *
   * @returns Null where the broker does not let us; it has told why, and what it gives up stays where it is.
   * @throws {BrokerUnavailable} It cannot be reached.
   */
  consumeDeadLetters?(options: DeadLetterOptions): Promise<Consumer | null>;
  /**
   * Opens this process's reply queue; once a broker.
   *
   * @param onReplies - Outcomes as they come, in batches.
   * @param onReconnected - Called when replies may have been lost: read the store again (rule 19).
   * @returns Its address, for `Message.replyTo`.
   */
  listen(onReplies: (records: readonly OutcomeRecord[]) => void, onReconnected: () => void): Promise<string>;
  /** Pushes outcomes to whoever listens at an address: no confirmation, no error when nobody does. */
  reply(address: string, records: readonly OutcomeRecord[]): void;
  /** Tells every worker what was cancelled: no confirmation, no error when nobody listens. */
  broadcast(cancels: readonly Cancel[]): void;
  /**
   * Listens to what is broadcast by anybody; may be called several times.
   *
   * @returns Ends it.
   */
  onSignal(listener: SignalListener): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
