import type {
  Broker,
  Cancel,
  ConsumeOptions,
  Consumer,
  DeadLetterOptions,
  Death,
  Delivery,
  Message,
  Messages,
  OutcomeRecord,
  SignalListener,
} from "@umbel/core";
import { DEAD_LETTERS, HIGHEST_RANK, PublishFailed } from "@umbel/core";
import type { Bagged } from "../bag.ts";
import { Bag } from "../bag.ts";
import type { Entry } from "./queue.ts";
import { Arriving } from "./arriving.ts";
import { MemoryQueue } from "./queue.ts";

/** Consumes from every queue, also those that are first used later: what the app's own worker does in memory. */
export const ALL_QUEUES = "*";

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

/** One client of a {@link MemoryServer}. */
export class MemoryBroker implements Broker {
  readonly #server: MemoryServer;
  readonly #consumers = new Set<MemoryConsumer>();
  readonly #listeners = new Set<SignalListener>();
  #address: string | null = null;
  #onReconnected: () => void = () => {};

  constructor(server: MemoryServer) {
    this.#server = server;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  publish(messages: Messages): Promise<void> {
    this.#server.publish(messages);
    return Promise.resolve();
  }

  consume(options: ConsumeOptions): Promise<Consumer> {
    const consumer = new MemoryConsumer(this.#server, this, options);
    this.#consumers.add(consumer);
    this.#server.add(consumer);
    return Promise.resolve(consumer);
  }

  consumeDeadLetters({ prefetch, onDelivery }: DeadLetterOptions): Promise<Consumer> {
    return this.consume({ queues: [DEAD_LETTERS], prefetch, onDelivery });
  }

  listen(onReplies: (records: readonly OutcomeRecord[]) => void, onReconnected: () => void): Promise<string> {
    this.#onReconnected = onReconnected;
    this.#address = `umbel.reply.memory-${(addresses += 1)}`;
    this.#server.listen(this.#address, onReplies);
    return Promise.resolve(this.#address);
  }

  reply(address: string, records: readonly OutcomeRecord[]): void {
    this.#server.reply(address, records);
  }

  broadcast(cancels: readonly Cancel[]): void {
    this.#server.broadcast(cancels);
  }

  onSignal(listener: SignalListener): Promise<() => Promise<void>> {
    this.#listeners.add(listener);
    this.#server.addListener(listener);
    return Promise.resolve(() => Promise.resolve(this.#unlisten(listener)));
  }

  reconnected(): void {
    this.#onReconnected();
    for (const { onReconnected } of this.#listeners) onReconnected();
  }

  #unlisten(listener: SignalListener): void {
    this.#listeners.delete(listener);
    this.#server.removeListener(listener);
  }

  async close(): Promise<void> {
    if (this.#address !== null) this.#server.unlisten(this.#address);
    for (const listener of this.#listeners) this.#unlisten(listener);
    for (const consumer of this.#consumers) await consumer.close();
  }
}

let addresses = 0;

class MemoryConsumer implements Consumer {
  readonly broker: MemoryBroker;
  readonly #server: MemoryServer;
  readonly #options: ConsumeOptions;
  readonly #unacknowledged = new Bag<MemoryDelivery>();
  #delivered = 0;

  constructor(server: MemoryServer, broker: MemoryBroker, options: ConsumeOptions) {
    this.#server = server;
    this.broker = broker;
    this.#options = options;
  }

  get hasRoom(): boolean {
    return this.#unacknowledged.size < this.#options.prefetch;
  }

  takes(queue: string): boolean {
    const { queues } = this.#options;
    const isMine = queues.includes(queue) || (queues.includes(ALL_QUEUES) && queue !== DEAD_LETTERS);
    return this.hasRoom && isMine;
  }

  deliver(entry: Entry, queue: string): void {
    const delivery = new MemoryDelivery(this, this.#server, entry, queue, (this.#delivered += 1));
    this.#unacknowledged.add(delivery);
    this.#options.onDelivery(delivery);
  }

  holds(delivery: MemoryDelivery): boolean {
    return this.#unacknowledged.has(delivery);
  }

  settle(delivery: MemoryDelivery): boolean {
    const isHeld = this.#unacknowledged.delete(delivery);
    if (isHeld) this.#server.schedule();
    return isHeld;
  }

  cancel(): Promise<void> {
    this.#server.remove(this);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#server.remove(this);
    this.#putBackAll();
    return Promise.resolve();
  }

  reconnect(): void {
    this.#putBackAll();
    this.#server.schedule();
  }

  /** The last delivered goes back first, so that the queue has its order again. */
  #putBackAll(): void {
    const held = this.#unacknowledged.empty().toSorted((one, other) => other.number - one.number);
    for (const delivery of held) delivery.putBack();
  }
}

class MemoryDelivery implements Delivery, Bagged {
  /** Of its consumer's deliveries. */
  readonly number: number;
  place = -1;
  readonly message: Delivery["message"];
  readonly redelivered: boolean;
  readonly queue: string;
  readonly death: Death | undefined;
  readonly #consumer: MemoryConsumer;
  readonly #server: MemoryServer;
  readonly #entry: Entry;

  constructor(consumer: MemoryConsumer, server: MemoryServer, entry: Entry, queue: string, number: number) {
    const { message, redelivered, death } = entry;
    this.#consumer = consumer;
    this.#server = server;
    this.#entry = entry;
    this.number = number;
    this.message = message;
    this.redelivered = redelivered;
    this.death = death;
    this.queue = death?.queue ?? queue;
  }

  get rank(): number {
    return this.death === undefined ? (this.#entry.returns ?? Number(this.redelivered)) : HIGHEST_RANK;
  }

  isAlive(): boolean {
    return this.#consumer.holds(this);
  }

  publish(messages: Messages): Promise<void> {
    if (!this.isAlive()) return Promise.reject(this.#lost());
    this.#server.publish(messages);
    return Promise.resolve();
  }

  ack(): void {
    if (this.#consumer.settle(this)) this.#server.onAcknowledged(this.message);
  }

  requeue(): void {
    if (this.#consumer.settle(this)) this.putBack();
  }

  putBack(): void {
    this.#server.putBack(this.queue, this.message, this.#entry);
  }

  deadLetter(reason: string): Promise<void> {
    if (!this.isAlive()) return Promise.reject(this.#lost());
    this.#server.bury({ message: this.message, queue: this.queue, reason });
    return Promise.resolve();
  }

  #lost(): PublishFailed {
    return new PublishFailed("the connection that delivered this message is gone; it is delivered again");
  }
}
