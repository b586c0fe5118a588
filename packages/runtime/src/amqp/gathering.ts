import type { Message } from "@umbel/core";

interface Waiting {
  readonly message: Message;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Messages that are published one by one and may travel together: what comes in one turn of the event loop goes at its end. */
export class Gathering {
  readonly #publish: (messages: readonly Message[]) => Promise<void>;
  #waiting: Waiting[] = [];

  constructor(publish: (messages: readonly Message[]) => Promise<void>) {
    this.#publish = publish;
  }

  /** Resolves, or rejects, with all that it travels with. */
  add(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ message, resolve, reject }) === 1) setImmediate(() => void this.#go());
    });
  }

  async #go(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      await this.#publish(waiting.map(({ message }) => message));
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
