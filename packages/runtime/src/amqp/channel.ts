import type { Channel } from "amqplib";
import { FAREWELL_MS, within } from "./patience.ts";

/** A channel with every listener in place, which knows when and why it ended. */
export class GuardedChannel<C extends Channel = Channel> {
  readonly raw: C;
  /** Resolves with the reason once the channel has ended. */
  readonly ended: Promise<string>;
  readonly #reasonOfLink: () => string | null;
  #isOpen = true;
  #reason: string | null = null;

  /** @param reasonOfLink - Why the connection ended; null while it has not. */
  constructor(raw: C, reasonOfLink: () => string | null) {
    this.raw = raw;
    this.#reasonOfLink = reasonOfLink;
    raw.on("error", (error: Error) => (this.#reason = error.message));
    // n.b. amqplib emits this from a timer of its own: a throw is then the uncaught exception that a bug should be.
    raw.on("handler-error", (error: Error) => {
      throw error;
    });
    this.ended = new Promise((resolve) => {
      raw.on("close", () => {
        this.#isOpen = false;
        // One microtask on, the connection's own reason is known, too.
        queueMicrotask(() => resolve(this.reason ?? "it was closed"));
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Why it ended, or its connection; null while that is not known. */
  get reason(): string | null {
    return this.#reason ?? this.#reasonOfLink();
  }

  /** Closes it after all that was sent on it. Resolves when the broker has agreed, or does not answer for 2 s. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    // n.b. amqplib never settles this promise when the connection ends meanwhile; `ended` tells of both.
    this.raw.close().catch(() => {});
    await within(FAREWELL_MS, this.ended);
  }
}
