import type { Broker, OutcomeRecord, ResultStore } from "@umbel/core";
import { AppClosed } from "@umbel/core";
import { AwaitedOutcomes, stemOfRun } from "./awaited-outcomes.ts";
import type { Environment } from "./environment.ts";
import { Recent } from "./recent.ts";
import type { Waiter } from "./waiters.ts";
import { Waiters } from "./waiters.ts";
import { Wakefulness } from "./wakefulness.ts";

/** Outcomes that were pushed and that nobody has asked for yet; the oldest go first. */
const KEPT = 10_000;

/** Milliseconds of one tick of the reads that stand behind the pushes. */
const TICK_MS = 250;

/** Ticks between two reads: soon at first, for a foreign worker's results. */
const PAUSES = [1, 2, 4, 8] as const;

/** Ids in one read of the store. */
const READ_SIZE = 1000;

/**
 * Results as they come to this process: pushed by the worker that stored them, with a slow read of the store behind
 * (rule 19), which also finds what foreign workers wrote.
 */
export class ReplyQueue {
  readonly #broker: Broker;
  readonly #results: ResultStore;
  readonly #environment: Environment;
  readonly #waiters = new Waiters<OutcomeRecord>();
  readonly #awaited = new Set<AwaitedOutcomes>();
  readonly #kept = new Recent<OutcomeRecord>(KEPT);
  readonly #closing = new AbortController();
  #address: Promise<string> | null = null;
  readonly #wakefulness = new Wakefulness();
  #isPolling = false;
  /** Reads since somebody waits. */
  #reads = 0;
  #ticksToRead = 0;
  /** Where the next one begins, among all ids that are waited for. */
  #readTo = 0;

  constructor(broker: Broker, results: ResultStore, environment: Environment) {
    this.#broker = broker;
    this.#results = results;
    this.#environment = environment;
  }

  /** Opens the queue on first use; tried again after a failure. */
  open(): Promise<string> {
    this.#address ??= this.#listen();
    return this.#address;
  }

  /** The outcome of a task, when it has one; see {@link waitForAll}. */
  async wait(id: string, waiting: Waiting): Promise<OutcomeRecord> {
    const [record] = await this.waitForAll([id], waiting);
    return record as OutcomeRecord;
  }

  /**
   * The outcomes of tasks, when they all have one. n.b. They may be here before their flow's publication is confirmed.
   *
   * @param ids - Each of them once; the outcomes are in their order.
   */
  async waitForAll(ids: readonly string[], waiting: Waiting): Promise<readonly OutcomeRecord[]> {
    const awaited = new AwaitedOutcomes(ids);
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept !== undefined) awaited.tell(id, kept);
    }
    if (awaited.isWhole) return awaited.whole();
    this.#throwIfClosed();
    waiting.signal?.throwIfAborted();
    return this.#await(awaited, waiting);
  }

  /** n.b. One waiter and one promise, however many ids there are. */
  async #await(
    awaited: AwaitedOutcomes,
    { signal, isExpected, published }: Waiting,
  ): Promise<readonly OutcomeRecord[]> {
    const abort = (): void => awaited.fail(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#awaited.add(awaited);
    this.#wakefulness.hold();
    const whole = awaited.whole();
    if (this.#waiters.isEmpty) this.#pollSoon();
    const forget = this.#register(awaited);
    published.then(
      () => (isExpected ? undefined : this.#read(awaited.missing).catch(() => {})), // the poll reads again
      (error: unknown) => awaited.fail(error),
    );
    this.#poll();
    try {
      return await whole;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#awaited.delete(awaited);
      this.#wakefulness.letGo();
      if (!awaited.isWhole) forget();
    }
  }

  /** @returns Ends it. */
  #register(awaited: AwaitedOutcomes): () => void {
    const waiters = this.#waiters;
    const stem = stemOfRun(awaited.ids);
    if (stem !== null) {
      waiters.addRun(stem, awaited);
      return () => waiters.deleteRun(stem, awaited);
    }
    const { missing } = awaited;
    for (const id of missing) waiters.add(id, awaited);
    return () => {
      for (const id of missing) waiters.delete(id, awaited);
    };
  }

  /** Aborted when the app is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Calls back when the outcome of a task comes here. It is not asked for: it may never come.
   *
   * @returns Ends it.
   */
  watch(id: string, onOutcome: () => void): () => void {
    if (this.#kept.get(id) !== undefined) onOutcome();
    const waiter: Waiter<OutcomeRecord> = { tell: onOutcome };
    this.#waiters.add(id, waiter);
    return () => this.#waiters.delete(id, waiter);
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#kept.delete(id);
  }

  /** Reads the store once more for those who wait, since a push may be on its way; the others get `AppClosed`. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (!this.#waiters.isEmpty) await this.#read(this.#waiters.ids).catch(() => {}); // the store is away
    for (const awaited of this.#awaited) awaited.fail(this.#closed());
    this.#wakefulness.end();
  }

  async #listen(): Promise<string> {
    try {
      return await this.#broker.listen(
        (records) => this.#receive(records),
        () => void this.#read(this.#waiters.ids).catch(() => {}),
      );
    } catch (error) {
      this.#address = null;
      throw error;
    }
  }

  #receive(records: readonly OutcomeRecord[]): void {
    for (const record of records) {
      this.#kept.set(record.id, record);
      this.#waiters.tell(record.id, record);
    }
  }

  #pollSoon(): void {
    this.#reads = 0;
    this.#ticksToRead = PAUSES[0];
  }

  /** One loop for all waiters. n.b. Whoever calls one after the other would begin and end it with each call: it ends by itself. */
  #poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    void this.#pollWhileAwaited();
  }

  async #pollWhileAwaited(): Promise<void> {
    const { signal } = this.#closing;
    while (!this.#waiters.isEmpty && !signal.aborted) {
      await this.#environment.doze(TICK_MS, signal);
      this.#ticksToRead -= 1;
      if (this.#ticksToRead > 0 || signal.aborted) continue;
      await this.#readOn().catch(() => {}); // the store is away: the next round asks again
      this.#reads += 1;
      this.#ticksToRead = PAUSES[Math.min(this.#reads, PAUSES.length - 1)] ?? 8;
    }
    this.#isPolling = false;
  }

  /**
   * Reads on from where it stopped, for as long as it finds something. n.b. Most of what is waited for is pushed: to read all
   * of a large group each time would cost more than that.
   */
  async #readOn(): Promise<void> {
    const { ids } = this.#waiters;
    for (let read = 0; read < ids.length; read += READ_SIZE) {
      const from = this.#readTo < ids.length ? this.#readTo : 0;
      this.#readTo = from + READ_SIZE;
      if ((await this.#readBatch(ids.slice(from, this.#readTo))) === 0) return;
    }
  }

  async #read(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += READ_SIZE)
      await this.#readBatch(ids.slice(from, from + READ_SIZE));
  }

  /** @returns How many were found. */
  async #readBatch(ids: readonly string[]): Promise<number> {
    const found = [...(await this.#results.find(ids)).values()];
    const records = found.flatMap(({ record }) => (record === null ? [] : [record]));
    this.#receive(records);
    return records.length;
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw this.#closed();
  }

  #closed(): AppClosed {
    return new AppClosed("the app was closed before the result came; the flow goes on where it runs");
  }
}

/** How outcomes are waited for. */
export interface Waiting {
  /** Ends the wait. */
  readonly signal: AbortSignal | undefined;
  /** Whether they will be pushed here: then the store is not read at once. */
  readonly isExpected: boolean;
  /** Resolves when their flow is published. Where it rejects nothing will come. */
  readonly published: Promise<void>;
}
