import type { Death, Delivery, Message, TurnEnd, Undecodable } from "@umbel/core";
import {
  CANCEL_TASK,
  NO_REASON,
  START_TASK,
  StoreUnavailable,
  deathFailure,
  engineFailure,
  failed,
  isUndecodable,
  toFailure,
} from "@umbel/core";
import { advance } from "@umbel/canvas";
import type { Admission, Refusal } from "./admission.ts";
import { isPlain } from "./admission.ts";
import type { Attempt } from "./attempt.ts";
import type { Cancels } from "./cancels.ts";
import type { Environment } from "./environment.ts";
import type { Eventually } from "./eventually.ts";
import type { Limiter } from "./limiter.ts";
import type { Fusion } from "./fusion.ts";
import type { Run } from "./run.ts";
import { Abandoned } from "./run.ts";
import type { Settlement } from "./settlement.ts";
import type { Stretch, StretchEnd } from "./stretch.ts";
import type { Telling } from "./telling.ts";

export interface ExecutionOptions {
  readonly admission: Admission;
  readonly settlement: Settlement;
  readonly attempt: Attempt;
  readonly telling: Telling;
  readonly environment: Environment;
  /** How many handlers run at once is the limiter's to say. */
  readonly limiter: Limiter;
  /** Runs what follows a task where that has run; null where each step is published. */
  readonly fusion: Fusion | null;
  /** What is known to be cancelled. */
  readonly cancels: Cancels;
  /** Aborted when the worker drains: what has not begun goes back into the queue. */
  readonly draining: AbortSignal;
}

/** What a delivery came to: it may not run, has ended, or has with what could be run behind it at once. */
type Verdict =
  | Refusal
  | { readonly kind: "ended"; readonly outcome: TurnEnd }
  | { readonly kind: "fused"; readonly stretch: Stretch };

/** What becomes of a message: it has ended, or goes back into its queue. */
type Fate = void | "back";

/** Takes one delivery through its life: decode, suspect, claim, run, settle, acknowledge. */
export class Execution {
  readonly #options: ExecutionOptions;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /**
   * Never rejects: what goes wrong is failed with its flow, or left to be delivered again.
   *
   * n.b. What can be done at once is: of a task whose handler and whose store do not wait nothing is awaited.
   */
  handle(delivery: Delivery): Eventually<void> {
    const { message } = delivery;
    return isUndecodable(message)
      ? this.#refuse(delivery, message).catch((error: unknown) => this.#abandon(delivery, error))
      : this.#live({ delivery, message, isSuspect: message.suspect || delivery.redelivered });
  }

  /** n.b. No closures, and one promise where something has to be awaited: it is done for each task. */
  #live(run: Run): Eventually<void> {
    let fate: Eventually<Fate>;
    try {
      fate = isEarly(run) ? this.#untilDue(run.message).then(() => this.#run(run)) : this.#run(run);
    } catch (error) {
      return this.#fail(run, error);
    }
    return fate instanceof Promise ? this.#liveOn(run, fate) : this.#end(run, fate);
  }

  async #liveOn(run: Run, later: Promise<Fate>): Promise<void> {
    let fate: Fate;
    try {
      fate = await later;
    } catch (error) {
      return this.#fail(run, error);
    }
    this.#end(run, fate);
  }

  async #fail(run: Run, error: unknown): Promise<void> {
    try {
      await this.#failUnlessPassing(run, error);
      run.delivery.ack();
    } catch (again) {
      this.#abandon(run.delivery, again);
    }
  }

  #end({ delivery }: Run, fate: Fate): void {
    try {
      if (fate === "back") delivery.requeue();
      else delivery.ack();
    } catch (error) {
      this.#abandon(delivery, error);
    }
  }

  #run(run: Run): Eventually<Fate> {
    return this.#special(run) ?? this.#runTask(run);
  }

  /** What no repetition would cure fails the flow from here on. */
  async #failUnlessPassing(run: Run, error: unknown): Promise<void> {
    if (isPassing(run, error)) throw error;
    await this.#giveUp(run, error);
  }

  /** Takes what is no task to run to its end; null for a task. */
  #special(run: Run): Promise<void> | null {
    const { task } = run.message;
    const { death } = run.delivery;
    if (task === CANCEL_TASK) return this.#cancel(run);
    if (death !== undefined) return this.#bury(run, death);
    return task === START_TASK ? this.#start(run) : null;
  }

  #runTask(run: Run): Eventually<Fate> {
    const place = this.#options.limiter.enter();
    return place === null ? this.#runInPlace(run) : place.then(() => this.#runInPlace(run));
  }

  #runInPlace(run: Run): Eventually<Fate> {
    const { limiter, draining } = this.#options;
    let verdict: Eventually<Verdict> | null;
    try {
      verdict = draining.aborted ? null : this.#verdictOn(run);
    } catch (error) {
      limiter.leave();
      throw error;
    }
    if (verdict instanceof Promise) return this.#followLater(run, verdict);
    limiter.leave();
    return verdict === null ? "back" : this.#follow(run, verdict);
  }

  async #followLater(run: Run, later: Promise<Verdict>): Promise<void> {
    let verdict: Verdict;
    try {
      verdict = await later;
    } finally {
      this.#options.limiter.leave();
    }
    return this.#follow(run, verdict);
  }

  /** One whose flow is known to be cancelled begins nothing, and ends all that it holds. */
  async #start(run: Run): Promise<void> {
    const { settlement, attempt } = this.#options;
    await settlement.goOn(run, attempt.cancelledOutcome(run.message));
  }

  /** What a cancel does may have been done before, by a run that died (rule 17). */
  async #cancel(run: Run): Promise<void> {
    const { settlement, telling } = this.#options;
    run.isSuspect = true;
    await settlement.perform(run, advance(run.message, null));
    const { flow, args } = run.message;
    const reason = typeof args[0] === "string" ? args[0] : NO_REASON;
    telling.flowCancelled(flow, reason);
  }

  /**
   * What the broker gave up does not run. It fails with all effects, unless another publication has its claim, or its turn
   * is over: then the effects are those of what is stored (rule 18).
   */
  async #bury(run: Run, death: Death): Promise<void> {
    const { message, delivery } = run;
    const { admission, settlement, attempt, telling } = this.#options;
    run.isSuspect = true;
    const isStart = message.task === START_TASK;
    const refused = await admission.claimed(run);
    const known = refused ?? (isStart ? null : await admission.stored(message));
    if (known !== null) return this.#follow(run, known);
    const failure = deathFailure(death, message.task, message.id);
    await delivery.deadLetter(failure.message);
    telling.refused(message.id, message.task, failure.message);
    const outcome = attempt.cancelledOutcome(message) ?? failed(failure);
    if (isStart) await settlement.goOn(run, outcome);
    else await settlement.settle(run, outcome);
  }

  /** A suspect whose outcome is stored performs all its effects again (rule 4). */
  #follow(run: Run, verdict: Verdict): Eventually<void> {
    const { settlement } = this.#options;
    switch (verdict.kind) {
      case "ended":
        return settlement.settle(run, verdict.outcome);
      case "stored":
        return settlement.goOn(run, verdict.outcome);
      case "fused":
        return verdict.stretch.finish().then((end) => this.#followStretch(run, end));
      case "dropped":
        return undefined;
    }
  }

  /** n.b. What goes wrong behind a step fails what follows that one. */
  async #followStretch(first: Run, { last, isStored, left }: StretchEnd): Promise<void> {
    const { settlement } = this.#options;
    if (last !== null) {
      const { run, end } = last;
      try {
        await (isStored ? settlement.goOn(run, end) : settlement.settle(run, end));
      } catch (error) {
        await this.#failUnlessPassing(run, error);
      }
    }
    await settlement.perform(first, left);
  }

  /** A countdown is waited for here, the message unacknowledged, as a Celery worker does. */
  async #untilDue(message: Message): Promise<void> {
    const { etaMs } = message;
    if (etaMs === null) return;
    const { environment, draining, cancels } = this.#options;
    const watch = cancels.watch(message);
    const signal = AbortSignal.any([draining, watch.signal]);
    const isOver = (): boolean => signal.aborted || cancels.reasonFor(message) !== null;
    for (let leftMs = 1; leftMs > 0 && !isOver(); leftMs = etaMs - environment.now()) {
      await environment.sleep(etaMs - environment.now(), signal);
    }
    watch.end();
  }

  #verdictOn(run: Run): Eventually<Verdict> {
    return isPlain(run) ? this.#attempt(run) : this.#verdictOnAdmitted(run);
  }

  async #verdictOnAdmitted(run: Run): Promise<Verdict> {
    return (await this.#options.admission.refusal(run)) ?? this.#attempt(run);
  }

  #attempt(run: Run): Eventually<Verdict> {
    const end = this.#options.attempt.make(run);
    return end instanceof Promise ? this.#attemptLater(run, end) : this.#fused(run, end);
  }

  async #attemptLater(run: Run, end: Promise<TurnEnd>): Promise<Verdict> {
    return this.#fused(run, await end);
  }

  /** With what could be run behind it at once. */
  #fused(run: Run, end: TurnEnd): Eventually<Verdict> {
    const stretch = this.#options.fusion?.follow(run, end) ?? null;
    if (stretch instanceof Promise) return stretch.then((each) => verdictOf(end, each));
    return verdictOf(end, stretch);
  }

  async #refuse(delivery: Delivery, { id, task, replyTo, undecodable: reason }: Undecodable): Promise<void> {
    await delivery.deadLetter(reason);
    this.#options.telling.refused(id, task, reason);
    if (id !== null) {
      const message = bareMessage(id, task ?? "unknown", replyTo);
      const failure = engineFailure(
        "UNDECODABLE_MESSAGE",
        `the message could not be read: ${reason}`,
        message.task,
        id,
      );
      await this.#options.settlement.settle({ delivery, message, isSuspect: true }, failed(failure));
    }
    delivery.ack();
  }

  /** Fails what follows a run, with a copy for people to look at. */
  async #giveUp(run: Run, error: unknown): Promise<void> {
    const { delivery, message } = run;
    const failure = toFailure(error, message.task, message.id);
    await delivery.deadLetter(`${failure.name}: ${failure.message}`);
    this.#options.telling.refused(message.id, message.task, failure.message);
    await this.#options.settlement.failFrom(run, failed(failure));
  }

  #abandon(delivery: Delivery, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#options.telling.abandoned(delivery.message, text);
    if (!(error instanceof StoreUnavailable)) delivery.requeue();
  }
}

/** Whether it has to wait for its time. */
function isEarly({ delivery, message }: Run): boolean {
  return delivery.death === undefined && message.etaMs !== null;
}

function verdictOf(outcome: TurnEnd, stretch: Stretch | null): Verdict {
  return stretch === null ? { kind: "ended", outcome } : { kind: "fused", stretch };
}

/** Whether another delivery of the message will find it better: the connection or the store is gone. */
function isPassing({ delivery }: Run, error: unknown): boolean {
  return !delivery.isAlive() || error instanceof Abandoned || error instanceof StoreUnavailable;
}

/** What is left of a message that cannot be read: enough to fail it. */
function bareMessage(id: string, task: string, replyTo: string | null): Message {
  return {
    id,
    task,
    args: [],
    kwargs: {},
    options: {},
    flow: id,
    parent: null,
    retries: 0,
    turn: 0,
    nonce: null,
    suspect: true,
    next: { steps: [], join: null },
    claim: null,
    replyTo,
    callbacks: [],
    errbacks: [],
    etaMs: null,
    expiresMs: null,
  };
}
