import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import type { OnEvent } from "./event.ts";
import { reasonOf } from "./refusal.ts";
import type { Session } from "./session.ts";

/** Something that ends, with a reason, and can be ended. */
export interface Ending {
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/** What a {@link Kept} needs to know. */
export interface KeptOptions<T extends Ending> {
  readonly connection: Connection;
  /** What it is for, in events: `consume celery`. */
  readonly purpose: string;
  readonly open: (session: Session) => Promise<T>;
  /** Called each time that it is open again. */
  readonly onReopened?: () => void;
  readonly onEvent: OnEvent;
  readonly random: () => number;
}

/** Keeps something open on whatever connection there is: whenever it ends it is opened again, with backoff. */
export class Kept<T extends Ending> {
  readonly #options: KeptOptions<T>;
  readonly #stopping = new AbortController();
  #current: T | null = null;
  #failures = 0;

  constructor(options: KeptOptions<T>) {
    this.#options = options;
  }

  get current(): T | null {
    return this.#current;
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted || this.#options.connection.isClosed;
  }

  /**
   * Opens it for the first time.
   *
   * @throws {BrokerUnavailable} No connection within this time.
   * @throws {Error} The broker refuses.
   */
  async start(timeoutMs: number): Promise<void> {
    const sinceMs = performance.now();
    for (;;) {
      const session = await this.#options.connection.session(timeoutMs, sinceMs);
      try {
        return this.#use(await this.#options.open(session));
      } catch (error) {
        if (session.link.isAlive) throw error;
      }
    }
  }

  /** Lets it end, and not be opened again. What is open is left open. */
  stop(): void {
    this.#stopping.abort();
  }

  #use(opened: T): void {
    if (this.isStopped) return void opened.close();
    this.#current = opened;
    void opened.ended.then((reason) => this.#lost(reason));
  }

  async #lost(reason: string): Promise<void> {
    this.#current = null;
    while (!this.isStopped) {
      try {
        await this.#pause(reason);
        await this.#reopen();
        break;
      } catch (error) {
        reason = reasonOf(error);
      }
    }
    if (!this.isStopped) this.#options.onReopened?.();
  }

  /** n.b. a lost connection has its own backoff: only a channel that was lost alone waits here. */
  async #pause(reason: string): Promise<void> {
    const { connection, purpose, onEvent, random } = this.#options;
    if (connection.current?.link.isAlive !== true) return;
    this.#failures += 1;
    const retryInMs = backoffMs(this.#failures, random);
    onEvent({ event: "channel.lost", purpose, reason, retryInMs });
    await sleep(retryInMs, undefined, { signal: this.#stopping.signal });
  }

  async #reopen(): Promise<void> {
    const { connection, open } = this.#options;
    const session = await connection.session(Infinity);
    if (this.isStopped) return;
    this.#use(await open(session));
    this.#failures = 0;
  }
}
