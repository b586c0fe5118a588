import type { Message, TurnEnd } from "@umbel/core";
import { isKept } from "@umbel/core";
import type { Effect } from "@umbel/canvas";
import { advance } from "@umbel/canvas";
import type { Attempt } from "./attempt.ts";
import type { Eventually } from "./eventually.ts";
import { ALL_QUEUES } from "./memory/consumer.ts";
import { routed } from "./publishing.ts";
import type { PlanPages } from "./plan-pages.ts";
import type { Registry } from "./registry.ts";
import type { Run } from "./run.ts";
import type { RanStep, StretchOptions } from "./stretch.ts";
import { Stretch } from "./stretch.ts";

/** How long a worker may run one step of a chain after the other without a message between them. */
export interface FusionLimits {
  /** Milliseconds after which how a step ended is written while further ones run, from 0. Default 5. */
  readonly gatherMs?: number;
  /**
   * Milliseconds from the first step's start after which the next one is published, from 0: well below the time that the
   * broker waits for an acknowledgement (RabbitMQ: 30 minutes). Default 30,000.
   */
  readonly holdMs?: number;
  /** The same while other messages of the worker wait for their turn. Default 50. */
  readonly busyMs?: number;
}

export interface FusionOptions extends Required<FusionLimits>, StretchOptions {
  readonly attempt: Pick<Attempt, "make">;
  readonly registry: Pick<Registry, "find">;
  /** Those that the worker consumes from. */
  readonly queues: readonly string[];
  readonly defaultQueue: string;
  /** Whether others wait for a place to run. */
  readonly isBusy: () => boolean;
  /** Aborted when the worker drains. */
  readonly draining: AbortSignal;
  readonly pages: Pick<PlanPages, "open">;
}

/** What follows a step: the run of the next one, and what else was asked for. */
interface Following {
  readonly run: Run;
  readonly left: readonly Effect[];
}

/**
 * Runs the next step of a chain where the one before has run, while the first one's message stays unacknowledged and holds
 * all that follows (rule 21).
 */
export class Fusion {
  readonly #options: FusionOptions;

  constructor(options: FusionOptions) {
    this.#options = options;
  }

  /** Runs what follows a step, as far as that may be here; null where the next one may not. */
  follow(run: Run, end: TurnEnd): Eventually<Stretch | null> {
    const sinceMs = run.startedAtMs ?? this.#options.environment.now();
    const following = this.#following({ run, end }, sinceMs);
    if (following instanceof Promise) return this.#followLater({ run, end }, following, sinceMs);
    return following === null ? null : this.#followFrom({ run, end }, following, sinceMs);
  }

  async #followLater(
    step: RanStep,
    later: Promise<Following | null>,
    sinceMs: number,
  ): Promise<Stretch | null> {
    const following = await later;
    return following === null ? null : this.#followFrom(step, following, sinceMs);
  }

  async #followFrom(first: RanStep, second: Following, sinceMs: number): Promise<Stretch> {
    const { environment, gatherMs } = this.#options;
    const stretch = new Stretch(first, second.left, this.#options);
    let following: Following | null = second;
    let writtenMs = environment.now();
    while (following !== null) {
      const { run }: Following = following;
      const given = this.#options.attempt.make(run);
      const step: RanStep = { run, end: given instanceof Promise ? await given : given };
      const found: Eventually<Following | null> = stretch.isCut ? null : this.#following(step, sinceMs);
      following = found instanceof Promise ? await found : found;
      stretch.add(step, following?.left ?? []);
      if (environment.now() - writtenMs < gatherMs) continue;
      stretch.write();
      await environment.turn(); // n.b. others are not starved by handlers that never wait
      writtenMs = environment.now();
    }
    return stretch;
  }

  #following(step: RanStep, sinceMs: number): Eventually<Following | null> {
    const { message } = step.run;
    const [first] = message.next.steps;
    if (step.end.state !== "SUCCESS" || first === undefined || !this.#mayHold(step.run, sinceMs)) return null;
    if (first.kind !== "rest") return this.#next(step, message);
    return this.#serves(first.queue) ? this.#followingInPage(step) : null;
  }

  /** Null where its page cannot be had: whoever goes on from the step finds out why. */
  async #followingInPage(step: RanStep): Promise<Following | null> {
    const message = await this.#options.pages.open(step.run.message).catch(() => null);
    return message && this.#next(step, message);
  }

  /** @param message - The step's own, with what follows it at once. */
  #next({ run, end }: RanStep, message: Message): Following | null {
    const { defaultQueue } = this.#options;
    const [next, left] = nextIn(advance(message, end));
    if (next === null || !this.#mayRun(next, run.message)) return null;
    // n.b. It has no nonce: a copy that finds its outcome goes on from that, since no message of it would be delivered again (rule 6).
    const unpublished = routed(next, defaultQueue);
    const { queue = defaultQueue } = unpublished.options;
    return { run: { delivery: run.delivery, message: unpublished, queue, isSuspect: false }, left };
  }

  /** n.b. What may have been published before may be running elsewhere. */
  #mayHold({ delivery, isSuspect }: Run, sinceMs: number): boolean {
    const { environment, holdMs, busyMs, isBusy, draining } = this.#options;
    if (isSuspect || delivery.death !== undefined || draining.aborted || !delivery.isAlive()) return false;
    return environment.now() - sinceMs < (isBusy() ? busyMs : holdMs);
  }

  #mayRun(next: Message, { options: { priority = 0 } }: Message): boolean {
    const { options, etaMs, expiresMs, compensation } = next;
    const { queue, countdownMs = 0 } = options;
    const isPlain = compensation === undefined && etaMs === null && expiresMs === null && isKept(next);
    if (!isPlain || countdownMs > 0 || (options.priority ?? 0) !== priority) return false;
    return this.#serves(queue) && this.#options.registry.find(next.task) !== undefined;
  }

  #serves(queue = this.#options.defaultQueue): boolean {
    const { queues } = this.#options;
    return queues.includes(queue) || queues.includes(ALL_QUEUES);
  }
}

/** The only message among some effects, and what else there is; null where there are several, or what cannot be put off. */
function nextIn(effects: readonly Effect[]): readonly [next: Message | null, left: readonly Effect[]] {
  const [publish, ...left] = effects;
  if (publish?.kind !== "publish" || publish.messages.length !== 1) return [null, []];
  if (!left.every(({ kind }) => kind === "retire")) return [null, []];
  const [only = null] = publish.messages;
  return [only, left];
}
