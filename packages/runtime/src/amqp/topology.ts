import type { GuardedChannel } from "./channel.ts";
import type { Link } from "./link.ts";
import { reasonOf } from "./refusal.ts";

/** Where messages go whose step names no queue: Celery's own default. */
export const DEFAULT_QUEUE = "celery";

/** Where messages end that cannot be handled. */
export const DEAD_QUEUE = "umbel.dead";

interface Declaration {
  readonly done: Promise<void>;
  /** Whether the broker has answered. */
  isSettled: boolean;
}

/**
 * The queues that are known to be there, on one connection.
 *
 * A queue is declared durable and without arguments, as Celery's own are. A broker that refuses that (somebody
 * declared it with other arguments, or we may not declare) has the queue as it is, or it has none: whoever
 * publishes or consumes next is told. So a refusal is kept, and is no error.
 */
export class Topology {
  readonly #link: Link;
  /** The last of each queue, unless it failed. */
  readonly #declarations = new Map<string, Declaration>();
  readonly #refusals = new Map<string, string>();

  constructor(link: Link) {
    this.#link = link;
  }

  /**
   * Declares a queue, once on this connection.
   *
   * @throws {Error} The connection ended.
   */
  declare(queue: string): Promise<void> {
    return this.#declarations.get(queue)?.done ?? this.declareAgain(queue);
  }

  /** Whether a queue is declared, or the broker has refused that. */
  isSettled(queue: string): boolean {
    return this.#declarations.get(queue)?.isSettled === true;
  }

  /** Declares a queue that somebody may have deleted. */
  declareAgain(queue: string): Promise<void> {
    const declaration: Declaration = { done: this.#declare(queue), isSettled: false };
    this.#declarations.set(queue, declaration);
    declaration.done.then(
      () => (declaration.isSettled = true),
      () => this.#forget(queue, declaration),
    );
    return declaration.done;
  }

  /** Why the broker refused to declare a queue; null where it did not. */
  refusal(queue: string): string | null {
    return this.#refusals.get(queue) ?? null;
  }

  #forget(queue: string, declaration: Declaration): void {
    if (this.#declarations.get(queue) === declaration) this.#declarations.delete(queue);
  }

  /** n.b. a refusal closes the channel, so each declaration has one of its own. */
  async #declare(queue: string): Promise<void> {
    const channel = await this.#link.channel();
    this.#refusals.delete(queue);
    try {
      await channel.raw.assertQueue(queue, { durable: true });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#refusals.set(queue, reasonOf(error));
    } finally {
      leave(channel);
    }
  }
}

/** Whether the broker answered, and closed the channel; else the connection is gone. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "number";
}

function leave(channel: GuardedChannel): void {
  void channel.close();
}
