import type { ConsumeOptions, Consumer } from "@umbel/core";
import { DEAD_LETTERS } from "@umbel/core";
import { Bag } from "../bag.ts";
import type { MemoryBroker } from "./broker.ts";
import { MemoryDelivery } from "./delivery.ts";
import type { Entry } from "./queue.ts";
import type { MemoryServer } from "./server.ts";

/** Consumes from every queue, also those that are first used later: what the app's own worker does in memory. */
export const ALL_QUEUES = "*";

/** Who takes from some queues of a {@link MemoryServer}, so many at a time. */
export class MemoryConsumer implements Consumer {
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
