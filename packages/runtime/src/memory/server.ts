import type { Cancel, Death, Delivery, Message, Messages, OutcomeRecord, SignalListener } from "@umbel/core";
import { DEAD_LETTERS } from "@umbel/core";
import { Arriving } from "./arriving.ts";
import { MemoryBroker } from "./broker.ts";
import type { MemoryConsumer } from "./consumer.ts";
import type { Entry } from "./queue.ts";
import { MemoryQueue } from "./queue.ts";

/** A message that was put aside because no worker could handle it. */
export interface DeadLetter {
  readonly message: Delivery["message"];
  readonly queue: string;
  readonly reason: string;
}

/** How the server schedules its next round of deliveries; a test's scheduler takes this over. */
export type Defer = (deliver: () => void) => void;

/** Deliveries in one turn of the event loop. */
const MOST_AT_ONCE = 100;

/** The queues of one process. Brokers connect to it as they would to RabbitMQ, and can be cut off from it. */
export class MemoryServer {
  /** What could not be handled, oldest first; the last 1,000. */
  readonly deadLetters: DeadLetter[] = [];
  readonly #queues = new Map<string, MemoryQueue>();
  /** What was published and is in no queue yet. */
  readonly #arriving = new Arriving();
  readonly #consumers = new Set<MemoryConsumer>();
  readonly #listeners = new Map<string, (records: readonly OutcomeRecord[]) => void>();
  readonly #signalListeners = new Set<SignalListener>();
  readonly #defer: Defer;
  readonly #defaultQueue: string;
  readonly #deliveryLimit: number;
  #isScheduled = false;
  #signalsOnTheWay = 0;
  /** Called with each message that is acknowledged; for tests. */
  onAcknowledged: (message: Delivery["message"]) => void = () => {};

  /** @param options - `deliveryLimit`: how often a message may come back before it is given up; default always. */
  constructor({
    defer = setImmediate,
    defaultQueue = "celery",
    deliveryLimit = Infinity,
  }: { defer?: Defer; defaultQueue?: string; deliveryLimit?: number } = {}) {
    this.#defer = defer;
    this.#defaultQueue = defaultQueue;
    this.#deliveryLimit = deliveryLimit;
  }

  connect(): MemoryBroker {
    return new MemoryBroker(this);
  }

  /** Cuts a broker's connection: what it had not acknowledged goes back; it connects again by itself. */
  cut(broker: MemoryBroker): void {
    for (const consumer of [...this.#consumers].filter((each) => each.broker === broker))
      consumer.reconnect();
    broker.reconnected();
  }

  /** Ends a broker for good, as the death of its process does: what it had not acknowledged goes back. */
  kill(broker: MemoryBroker): void {
    void broker.close();
  }

  /** Messages that wait in a queue, those in delivery not counted. */
  depth(queue: string): number {
    while (this.#takeIn());
    return this.#queues.get(queue)?.length ?? 0;
  }

  /** n.b. Those of a large group are made when their turn has come: they are not there all at once. */
  publish(messages: Messages): void {
    if (this.#arriving.length === 0 && messages.length <= MOST_AT_ONCE)
      for (const message of messages) this.enqueue(message);
    else this.#arriving.push(messages);
    this.schedule();
  }

  enqueue(message: Message): void {
    this.#queue(message.options.queue ?? this.#defaultQueue).push({ message, redelivered: false });
    this.schedule();
  }

  putBack(queue: string, message: Delivery["message"], past: Pick<Entry, "returns" | "death"> = {}): void {
    const { returns = 0, death } = past;
    if (death === undefined && returns >= this.#deliveryLimit)
      return this.giveUp(message, { reason: "delivery_limit", queue, count: 1 });
    const home = death === undefined ? queue : DEAD_LETTERS;
    this.#queue(home).unshift({ message, redelivered: true, returns: returns + 1, death });
    this.schedule();
  }

  /** Puts a message among the dead letters, as a broker does with what it gives up. */
  giveUp(message: Delivery["message"], death: Death): void {
    this.#queue(DEAD_LETTERS).push({ message, redelivered: false, death });
    this.schedule();
  }

  bury(letter: DeadLetter): void {
    this.deadLetters.push(letter);
    if (this.deadLetters.length > 1000) this.deadLetters.shift();
  }

  add(consumer: MemoryConsumer): void {
    this.#consumers.add(consumer);
    this.schedule();
  }

  remove(consumer: MemoryConsumer): void {
    this.#consumers.delete(consumer);
  }

  listen(address: string, onReplies: (records: readonly OutcomeRecord[]) => void): void {
    this.#listeners.set(address, onReplies);
  }

  unlisten(address: string): void {
    this.#listeners.delete(address);
  }

  reply(address: string, records: readonly OutcomeRecord[]): void {
    const listener = this.#listeners.get(address);
    if (listener) this.#defer(() => this.#listeners.get(address) === listener && listener(records));
  }

  /** Signals that somebody who listens has not heard yet. */
  get signalsOnTheWay(): number {
    return this.#signalsOnTheWay;
  }

  broadcast(cancels: readonly Cancel[]): void {
    for (const listener of this.#signalListeners) {
      this.#signalsOnTheWay += 1;
      this.#defer(() => {
        this.#signalsOnTheWay -= 1;
        if (this.#signalListeners.has(listener)) listener.onSignal(cancels);
      });
    }
  }

  addListener(listener: SignalListener): void {
    this.#signalListeners.add(listener);
  }

  removeListener(listener: SignalListener): void {
    this.#signalListeners.delete(listener);
  }

  /** Deliveries go out in a turn of their own, never inside a call to `publish`. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#defer(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  /** n.b. What is done at once leaves room for the next: so many, and then it is the turn of whatever else waits. */
  #deliver(): void {
    let left = MOST_AT_ONCE;
    do left = this.#deliverQueued(left);
    while (left > 0 && this.#hasRoom() && this.#takeIn());
  }

  /** @returns How many more may be delivered in this turn. */
  #deliverQueued(most: number): number {
    let left = most;
    for (const [name, queue] of this.#queues) {
      while (queue.length > 0) {
        if (left === 0) return this.#goOnBehindOthers(name, queue);
        const consumer = this.#nextConsumer(name);
        const entry = consumer && queue.shift();
        if (!consumer || !entry) break;
        consumer.deliver(entry, name);
        left -= 1;
      }
    }
    return left;
  }

  #goOnBehindOthers(name: string, queue: MemoryQueue): number {
    this.#queues.delete(name);
    this.#queues.set(name, queue);
    this.schedule();
    return 0;
  }

  #hasRoom(): boolean {
    for (const consumer of this.#consumers) if (consumer.hasRoom) return true;
    return false;
  }

  /** Puts some of what was published into the queues; false where there is no more. */
  #takeIn(): boolean {
    for (let taken = 0; taken < MOST_AT_ONCE; taken += 1) {
      const next = this.#arriving.next();
      if (next === undefined) return taken > 0;
      this.enqueue(next);
    }
    return true;
  }

  /** The first that has room; it goes to the end of the line, so that consumers take turns. */
  #nextConsumer(queue: string): MemoryConsumer | undefined {
    for (const consumer of this.#consumers) {
      if (!consumer.takes(queue)) continue;
      this.#consumers.delete(consumer);
      this.#consumers.add(consumer);
      return consumer;
    }
    return undefined;
  }

  #queue(name: string): MemoryQueue {
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = new MemoryQueue();
    this.#queues.set(name, queue);
    return queue;
  }
}
