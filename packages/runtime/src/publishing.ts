import type { Message, Messages } from "@umbel/core";
import { PublishFailed } from "@umbel/core";
import type { Environment } from "./environment.ts";
import { retryDelayMs } from "./environment.ts";
import type { Run } from "./run.ts";
import { Abandoned } from "./run.ts";

export interface PublishingOptions {
  readonly environment: Environment;
  /** Where steps go that name no queue: a foreign client's do not. */
  readonly defaultQueue: string;
  /** What becomes of a message that the broker keeps refusing. */
  readonly onRefused: (run: Run, message: Message, error: PublishFailed) => Promise<void>;
}

const PUBLISH_ATTEMPTS = 6;

/** Publishes what follows a task, on the connection that delivered it; a lost connection ends the run (rule 8). */
export class Publishing {
  readonly #options: PublishingOptions;

  constructor(options: PublishingOptions) {
    this.#options = options;
  }

  /** @throws {Abandoned} The connection was lost. */
  async publish(run: Run, messages: Messages): Promise<void> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await run.delivery.publish(this.#stamped(run, messages));
      } catch (error) {
        if (!run.delivery.isAlive()) throw new Abandoned("its connection was lost", { cause: error });
        if (!(error instanceof PublishFailed)) throw error;
        run.isSuspect = true;
        if (attempts === PUBLISH_ATTEMPTS) return this.#refused(run, messages, error);
        const { environment } = this.#options;
        await environment.sleep(retryDelayMs(attempts, environment.random()));
      }
    }
  }

  async #refused(run: Run, messages: Messages, error: PublishFailed): Promise<void> {
    for (const message of messages) await this.#options.onRefused(run, message, error);
  }

  #stamped({ isSuspect }: Run, messages: Messages): Messages {
    const { environment, defaultQueue } = this.#options;
    return stamped(messages, isSuspect, environment, (message) => routed(message, defaultQueue));
  }
}

/** A message with the queue that it goes to. */
export function routed(message: Message, defaultQueue: string): Message {
  const { options } = message;
  return options.queue === undefined ? { ...message, options: { ...options, queue: defaultQueue } } : message;
}

/**
 * Messages as they are published: each with a nonce of its own, its suspicion and its time (rule 3), which is counted from now.
 *
 * @param change - What else each of them becomes when it is asked for; default nothing.
 */
export function stamped(
  messages: Messages,
  isSuspect: boolean,
  environment: Environment,
  change: (message: Message) => Message = (message) => message,
): Messages {
  const nowMs = environment.now();
  const stamp = (message: Message): Message => {
    const { countdownMs = 0 } = message.options;
    const etaMs = countdownMs > 0 ? nowMs + countdownMs : message.etaMs;
    return { ...change(message), nonce: environment.nonce(), suspect: isSuspect, etaMs };
  };
  return { length: messages.length, [Symbol.iterator]: () => eachChanged(messages, stamp) };
}

function* eachChanged(messages: Messages, change: (message: Message) => Message): Generator<Message, void> {
  for (const message of messages) yield change(message);
}
