import type { Broker, OutcomeRecord, ResultStore } from "@umbel/core";
import { AppClosed } from "@umbel/core";
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
  readonly #gatherings = new Set<Gathering>();
  readonly #kept = new Recent<OutcomeRecord>(KEPT);
  readonly #closing = new AbortController();
  #address: Promise<string> | null = null;
  readonly #wakefulness = new Wakefulness();
  #isPolling = false;
  /** Reads since somebody waits. */
  #reads = 0;
  #ticksToRead = 0;

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
    const records = await this.waitForAll([id], waiting);
    return records.get(id) as OutcomeRecord;
  }

  /** The outcomes of tasks, when they all have one. n.b. They may be here before their flow's publication is confirmed. */
  async waitForAll(ids: readonly string[], waiting: Waiting): Promise<ReadonlyMap<string, OutcomeRecord>> {
    const gathering = new Gathering();
    const open = ids.filter((id) => !gathering.take(this.#kept.get(id)));
    if (open.length === 0) return gathering.records;
    this.#throwIfClosed();
    waiting.signal?.throwIfAborted();
    return this.#gather(gathering, open, waiting);
  }

  /** n.b. One waiter and one promise, however many ids there are. */
  async #gather(
    gathering: Gathering,
    ids: readonly string[],
    { signal, isExpected, published }: Waiting,
  ): Promise<ReadonlyMap<string, OutcomeRecord>> {
    const abort = (): void => gathering.fail(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#gatherings.add(gathering);
    this.#wakefulness.hold();
    const gathered = gathering.of(ids.length);
    if (this.#waiters.size === 0) this.#pollSoon();
    for (const id of ids) this.#waiters.add(id, gathering);
    published.then(
      () => (isExpected ? undefined : this.#read(ids).catch(() => {})), // the poll reads again
      (error: unknown) => gathering.fail(error),
    );
    this.#poll();
    try {
      return await gathered;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#gatherings.delete(gathering);
      this.#wakefulness.letGo();
      if (!gathering.isWhole) for (const id of ids) this.#waiters.delete(id, gathering);
    }
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
    if (this.#waiters.size > 0) await this.#read(this.#waiters.ids).catch(() => {}); // the store is away
    for (const gathering of this.#gatherings) gathering.fail(this.#closed());
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
    while (this.#waiters.size > 0 && !signal.aborted) {
      await this.#environment.doze(TICK_MS, signal);
      this.#ticksToRead -= 1;
      if (this.#ticksToRead > 0 || signal.aborted) continue;
      await this.#read(this.#waiters.ids).catch(() => {}); // the store is away: the next round asks again
      this.#reads += 1;
      this.#ticksToRead = PAUSES[Math.min(this.#reads, PAUSES.length - 1)] ?? 8;
    }
    this.#isPolling = false;
  }

  async #read(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += READ_SIZE) {
      const found = await this.#results.find(ids.slice(from, from + READ_SIZE));
      this.#receive([...found.values()].flatMap(({ record }) => (record === null ? [] : [record])));
    }
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

/** The outcomes that one caller waits for. */
class Gathering implements Waiter<OutcomeRecord> {
  readonly records = new Map<string, OutcomeRecord>();
  #missing = 0;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** Whether nothing is missing. */
  get isWhole(): boolean {
    return this.#missing === 0;
  }

  /** Takes what is there already; false where nothing is. */
  take(record: OutcomeRecord | undefined): boolean {
    if (record === undefined) return false;
    this.records.set(record.id, record);
    return true;
  }

  /** Resolves when it was told of so many. */
  async of(count: number): Promise<ReadonlyMap<string, OutcomeRecord>> {
    this.#missing = count;
    await new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.records;
  }

  tell(record: OutcomeRecord): void {
    this.records.set(record.id, record);
    this.#missing -= 1;
    if (this.#missing === 0) this.#resolve();
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
