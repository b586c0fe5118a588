import { setTimeout as sleep } from "node:timers/promises";
import { BrokerUnavailable } from "@umbel/core";
import type { Address } from "./address.ts";
import { backoffMs } from "./backoff.ts";
import type { OnEvent } from "./event.ts";
import { Link } from "./link.ts";
import type { Refusal } from "./refusal.ts";
import { ADVICE, refusalOf } from "./refusal.ts";
import type { Session } from "./session.ts";
import { sessionOn } from "./session.ts";

/** How a {@link Connection} behaves. */
export interface ConnectionOptions {
  readonly address: Address;
  /** Milliseconds that one attempt may take, from an integer of 1. */
  readonly connectTimeoutMs: number;
  readonly onEvent: OnEvent;
  /** Uniform in [0, 1), for the jitter. */
  readonly random: () => number;
}

/**
 * Keeps a connection to the broker: makes one when somebody asks for it, and once it was there, makes another one
 * for ever, with backoff, until it is closed.
 *
 * amqplib's own recovery was not used: it cannot be ended while a handshake hangs, keeps those who wait for a
 * channel waiting without a limit, tries a refused password for ever or gives up for good, and leaves a connection
 * without an error listener while it is set up.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiters = new Set<Waiter>();
  /** Aborted when nobody wants a connection any more; null while nobody does. */
  #life: AbortController | null = null;
  #session: Session | null = null;
  #wasConnected = false;
  #isClosed = false;
  #lastFailure = "it did not answer";

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** What lives now; null between connections. */
  get current(): Session | null {
    return this.#session;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * The live session, or the next one.
   *
   * @param timeoutMs - How long to wait for it; Infinity for as long as it takes.
   * @param sinceMs - When this time began, by `performance.now()`.
   * @throws {BrokerUnavailable} There was none in this time, or the broker refuses us and waiting will not cure it
   *   (which is not heeded by who waits for ever).
   */
  session(timeoutMs: number, sinceMs: number = performance.now()): Promise<Session> {
    if (this.#isClosed) return Promise.reject(this.#closedError());
    if (this.#session?.link.isAlive === true) return Promise.resolve(this.#session);
    const waiting = this.#wait(timeoutMs, sinceMs);
    this.#live();
    return waiting;
  }

  /** Ends it for good; whoever waits is told. Resolves when the socket is gone, within 2 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#life?.abort();
    this.#rejectWaiters(() => this.#closedError());
    await this.#session?.link.close();
  }

  #wait(timeoutMs: number, sinceMs: number): Promise<Session> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, isPatient: timeoutMs === Infinity, timer: undefined };
      const leftMs = sinceMs + timeoutMs - performance.now();
      if (!waiter.isPatient) waiter.timer = setTimeout(() => this.#tire(waiter, timeoutMs), leftMs);
      this.#waiters.add(waiter);
    });
  }

  #tire(waiter: Waiter, timeoutMs: number): void {
    this.#waiters.delete(waiter);
    waiter.reject(this.#unreachable(` within ${timeoutMs} ms: ${this.#lastFailure}`, ADVICE));
    this.#endIfUnwanted();
  }

  #live(): void {
    if (this.#life !== null) return;
    this.#life = new AbortController();
    void this.#run(this.#life.signal);
  }

  async #run(life: AbortSignal): Promise<void> {
    for (let failures = 1; !life.aborted; failures += 1) {
      const end = await this.#attempt(life);
      if (end.isSettled) failures = 1;
      const pauseMs = backoffMs(failures, this.#options.random);
      if (!life.aborted) this.#ended(end, pauseMs);
      await sleep(pauseMs, undefined, { signal: life }).catch(() => {});
    }
  }

  /** One connection, from its making to its end. */
  async #attempt(life: AbortSignal): Promise<End> {
    const { address, connectTimeoutMs } = this.#options;
    try {
      const link = await Link.open(address, connectTimeoutMs, life);
      return await this.#use(link, life);
    } catch (error) {
      return { event: "connection.failed", isSettled: false, ...refusalOf(error, address), cause: error };
    }
  }

  async #use(link: Link, life: AbortSignal): Promise<End> {
    const sinceMs = performance.now();
    if (life.aborted) await link.close();
    else this.#connected(link);
    const reason = await link.ended;
    if (this.#session?.link === link) this.#session = null;
    const isSettled = performance.now() - sinceMs >= SETTLED_MS;
    return { event: "connection.lost", reason, isSettled, isFinal: false, advice: ADVICE, cause: undefined };
  }

  #connected(link: Link): void {
    const { address, onEvent } = this.#options;
    const session = sessionOn(link, onEvent);
    link.tellOfBlocks(address.label, onEvent);
    this.#session = session;
    this.#wasConnected = true;
    onEvent({ event: "connection.opened", address: address.label });
    this.#takeWaiters(() => true).forEach((waiter) => waiter.resolve(session));
  }

  #ended({ event, reason, advice, isFinal, cause }: End, retryInMs: number): void {
    const { address, onEvent } = this.#options;
    this.#lastFailure = reason;
    onEvent({ event, address: address.label, reason, retryInMs });
    if (isFinal) this.#rejectWaiters(() => this.#unreachable(`: ${reason}`, advice, cause));
    this.#endIfUnwanted();
  }

  #rejectWaiters(error: () => BrokerUnavailable): void {
    this.#takeWaiters((waiter) => this.#isClosed || !waiter.isPatient).forEach((waiter) =>
      waiter.reject(error()),
    );
  }

  #takeWaiters(which: (waiter: Waiter) => boolean): readonly Waiter[] {
    const taken = [...this.#waiters].filter(which);
    for (const waiter of taken) {
      clearTimeout(waiter.timer);
      this.#waiters.delete(waiter);
    }
    return taken;
  }

  /** A process whose first attempt failed is not kept from ending, and may try again. */
  #endIfUnwanted(): void {
    if (this.#wasConnected || this.#waiters.size > 0) return;
    this.#life?.abort();
    this.#life = null;
  }

  #unreachable(what: string, advice: string, cause?: unknown): BrokerUnavailable {
    const { label } = this.#options.address;
    return new BrokerUnavailable(`no connection to ${label}${what}; ${advice}`, { cause });
  }

  #closedError(): BrokerUnavailable {
    return new BrokerUnavailable(
      `the connection to ${this.#options.address.label} was closed by this process`,
    );
  }
}

/** A connection that ends sooner counts as one more failure: a server that drops us at once is not stormed. */
const SETTLED_MS = 1_000;

/** How a connection ended, or why there was none. */
interface End extends Refusal {
  readonly event: "connection.lost" | "connection.failed";
  /** It lived long enough for the backoff to begin anew. */
  readonly isSettled: boolean;
  readonly cause: unknown;
}

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: BrokerUnavailable) => void;
  /** Waits for ever, whatever the broker says. */
  readonly isPatient: boolean;
  timer: NodeJS.Timeout | undefined;
}
