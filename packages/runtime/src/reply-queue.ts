import type { Broker, OutcomeRecord, ResultStore } from "@umbel/core";
import { AppClosed } from "@umbel/core";
import type { Environment } from "./environment.ts";

interface Waiter {
  readonly resolve: (record: OutcomeRecord) => void;
  readonly reject: (error: unknown) => void;
}

/** Outcomes that were pushed and that nobody has asked for yet; the oldest go first. */
const KEPT = 10_000;

/** Milliseconds between the reads that stand behind the pushes: soon at first, for a foreign worker's results. */
const POLLS_MS = [250, 500, 1000, 2000];

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
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #kept = new Map<string, OutcomeRecord>();
  readonly #closing = new AbortController();
  #address: Promise<string> | null = null;
  #polling: AbortController | null = null;

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

  /**
   * The outcome of a task, when it has one.
   *
   * @param isExpected - Whether it will be pushed here: then the store is not read at once.
   */
  async wait(id: string, signal: AbortSignal | undefined, isExpected: boolean): Promise<OutcomeRecord> {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    this.#throwIfClosed();
    signal?.throwIfAborted();
    const { promise, waiter } = this.#enlist(id);
    const abort = (): void => waiter.reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    if (!isExpected) void this.#read([id]).catch(() => {}); // the poll reads again
    this.#poll();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#dismiss(id, waiter);
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
    if (this.#kept.has(id)) onOutcome();
    const { promise, waiter } = this.#enlist(id);
    promise.then(onOutcome, () => {});
    return () => this.#dismiss(id, waiter);
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#kept.delete(id);
  }

  /** Reads the store once more for those who wait, since a push may be on its way; the others get `AppClosed`. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#polling?.abort();
    if (this.#waiters.size > 0) await this.#read([...this.#waiters.keys()]).catch(() => {}); // the store is away
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.reject(this.#closed());
  }

  async #listen(): Promise<string> {
    try {
      return await this.#broker.listen(
        (records) => this.#receive(records),
        () => void this.#read([...this.#waiters.keys()]).catch(() => {}),
      );
    } catch (error) {
      this.#address = null;
      throw error;
    }
  }

  #enlist(id: string): { readonly promise: Promise<OutcomeRecord>; readonly waiter: Waiter } {
    let waiter: Waiter | undefined;
    const promise = new Promise<OutcomeRecord>((resolve, reject) => {
      waiter = { resolve, reject };
    });
    const present = waiter as unknown as Waiter;
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(present));
    return { promise, waiter: present };
  }

  #dismiss(id: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(id);
    if (this.#waiters.size === 0) this.#polling?.abort();
  }

  #receive(records: readonly OutcomeRecord[]): void {
    for (const record of records) {
      const waiters = this.#waiters.get(record.id);
      this.#keep(record);
      for (const waiter of waiters ?? []) waiter.resolve(record);
    }
  }

  #keep(record: OutcomeRecord): void {
    this.#kept.set(record.id, record);
    if (this.#kept.size <= KEPT) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }

  /** One loop for all waiters, for as long as there are any. */
  #poll(): void {
    if (this.#polling !== null) return;
    const polling = new AbortController();
    this.#polling = polling;
    void this.#pollUntil(polling.signal).finally(() => {
      this.#polling = null;
      if (this.#waiters.size > 0 && !this.#closing.signal.aborted) this.#poll();
    });
  }

  async #pollUntil(signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round += 1) {
      await this.#environment.sleep(POLLS_MS[Math.min(round, POLLS_MS.length - 1)] ?? 0, signal);
      if (signal.aborted) return;
      await this.#read([...this.#waiters.keys()]).catch(() => {}); // the store is away: the next round asks again
    }
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
