import type { Cancel, Message } from "@umbel/core";
import { FlowCancelled, scopesOf } from "@umbel/core";
import type { Bagged } from "./bag.ts";
import { Bag } from "./bag.ts";

/** Scopes that one worker remembers; the oldest go first. */
const MOST = 100_000;

/** A handler that may hear that it is cancelled. */
export interface Watch {
  /** Aborted with {@link FlowCancelled} when its flow, or its part of it, is cancelled. */
  readonly signal: AbortSignal;
  end(): void;
}

/** n.b. Few handlers ask for their signal: it is made, and looked after, for those that do. */
class Watching implements Watch, Bagged {
  place = -1;
  readonly #message: Message;
  readonly #cancels: Cancels;
  readonly #watches: Bag<Watching>;
  #controller: AbortController | null = null;
  #isOver = false;

  constructor(message: Message, cancels: Cancels, watches: Bag<Watching>) {
    this.#message = message;
    this.#cancels = cancels;
    this.#watches = watches;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#begin();
    this.look();
    return this.#controller.signal;
  }

  look(): void {
    const reason = this.#controller === null ? null : this.#cancels.reasonFor(this.#message);
    if (reason !== null) this.#controller?.abort(new FlowCancelled(this.#message.flow, reason));
  }

  end(): void {
    this.#isOver = true;
    this.#watches.delete(this);
  }

  #begin(): AbortController {
    if (!this.#isOver) this.#watches.add(this);
    return new AbortController();
  }
}

/**
 * What a worker knows to be cancelled: told by others as it happens, and read from the store when it starts, and when it
 * may have missed something.
 */
export class Cancels {
  readonly #reasons = new Map<string, string>();
  readonly #watches = new Bag<Watching>();
  #reading: Promise<void> | null = null;

  /** Resolves when what may have been missed is known; null where nothing may have been. */
  get reading(): Promise<void> | null {
    return this.#reading;
  }

  hear(cancels: readonly Cancel[]): void {
    for (const { scope, reason } of cancels) this.#remember(scope, reason);
    for (const watching of this.#watches) watching.look();
  }

  /** Learns what is in the store; what begins meanwhile waits for it. */
  async learn(read: () => Promise<readonly Cancel[]>): Promise<void> {
    const reading = read().then((cancels) => this.hear(cancels));
    const settled = reading.catch(() => {});
    this.#reading = settled;
    try {
      await reading;
    } finally {
      if (this.#reading === settled) this.#reading = null;
    }
  }

  /** Why a task is not to run; null where it is. */
  reasonFor({ id, flow }: Pick<Message, "id" | "flow">): string | null {
    if (this.#reasons.size === 0) return null;
    const scopes = scopesOf(id);
    if (scopes.length === 0) return null;
    const scope = [flow, ...scopes].find((each) => this.#reasons.has(each));
    return scope === undefined ? null : (this.#reasons.get(scope) ?? null);
  }

  /** Lets a task hear of its cancel from here on. */
  watch(message: Message): Watch {
    return new Watching(message, this, this.#watches);
  }

  #remember(scope: string, reason: string): void {
    if (!this.#reasons.has(scope)) this.#reasons.set(scope, reason);
    if (this.#reasons.size <= MOST) return;
    const [oldest = scope] = this.#reasons.keys();
    this.#reasons.delete(oldest);
  }
}
