import type {
  Broker,
  Cancel,
  ConsumeOptions,
  Consumer,
  DeadLetterOptions,
  Messages,
  OutcomeRecord,
  SignalListener,
} from "@umbel/core";
import { DEAD_LETTERS } from "@umbel/core";
import { MemoryConsumer } from "./consumer.ts";
import type { MemoryServer } from "./server.ts";

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
