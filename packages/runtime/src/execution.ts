import type { Death, Delivery, Message, Start, TurnEnd, Undecodable } from "@umbel/core";
import {
  CANCEL_TASK,
  NO_REASON,
  START_TASK,
  StoreUnavailable,
  cancelFailure,
  deathFailure,
  decidedFor,
  engineFailure,
  failed,
  failureOf,
  isUnfinished,
  isUndecodable,
  toFailure,
} from "@umbel/core";
import { advance } from "@umbel/canvas";
import type { Attempt } from "./attempt.ts";
import type { Cancels } from "./cancels.ts";
import type { Commit } from "./commit.ts";
import type { Environment } from "./environment.ts";
import { holderOf } from "./record.ts";
import type { Eventually } from "./eventually.ts";
import type { Limiter } from "./limiter.ts";
import type { Fusion } from "./fusion.ts";
import type { Run } from "./run.ts";
import { Abandoned } from "./run.ts";
import type { Settlement } from "./settlement.ts";
import type { Stretch, StretchEnd } from "./stretch.ts";
import type { Telling } from "./telling.ts";

export interface ExecutionOptions {
  readonly commit: Commit;
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
  readonly worker: string;
  /** Milliseconds that a step is kept which has begun and may have to be undone: the longest time that one takes. */
  readonly startExpiresMs: number;
  /** Aborted when the worker drains: what has not begun goes back into the queue. */
  readonly draining: AbortSignal;
}

/** What a delivery came to: an end to store, one that is stored already, or a copy of another. */
type Verdict =
  | { readonly kind: "fused"; readonly stretch: Stretch }
  | { readonly kind: "ended" | "stored"; readonly outcome: TurnEnd }
  | { readonly kind: "dropped" };

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
    run.isSuspect = true;
    const isStart = message.task === START_TASK;
    const refused = message.claim === null ? null : await this.#claim(run, message.claim);
    const known = refused ?? (isStart ? null : await this.#stored(message));
    if (known !== null) return this.#follow(run, known);
    const failure = deathFailure(death, message.task, message.id);
    await delivery.deadLetter(failure.message);
    this.#options.telling.refused(message.id, message.task, failure.message);
    const outcome = this.#options.attempt.cancelledOutcome(message) ?? failed(failure);
    if (isStart) await this.#options.settlement.goOn(run, outcome);
    else await this.#options.settlement.settle(run, outcome);
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
    const { claim, compensation } = run.message;
    const isPlain = claim === null && !run.isSuspect && compensation !== "step";
    return isPlain ? this.#attempt(run) : this.#verdictOnClaimed(run);
  }

  /**
   * n.b. A body's claim comes before its stored outcome: a copy that performed its effects again would begin the members
   * of the next join again, each of which would publish the next body, and so on; one crash would become a flood.
   */
  async #verdictOnClaimed(run: Run): Promise<Verdict> {
    const { message } = run;
    const refused = message.claim === null ? null : await this.#claim(run, message.claim);
    if (refused !== null) return refused;
    const stored = run.isSuspect ? await this.#stored(message) : null;
    const settled = stored ?? (message.compensation === "step" ? await this.#begin(run) : null);
    return settled ?? this.#attempt(run);
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

  /** Null where this delivery may run a step that may have to be undone (rule 38); else what to do instead. */
  async #begin(run: Run): Promise<Verdict | null> {
    const { commit, telling } = this.#options;
    const started = await commit.start(this.#startOf(run));
    if (started.kind === "stored") {
      run.isSuspect = true;
      return { kind: "stored", outcome: started.stored.outcome };
    }
    if (started.kind === "mine") {
      if (started.isAgain) run.isBegunBefore = true;
      return null;
    }
    telling.skipped(run.message, "another copy has begun it");
    return { kind: "dropped" };
  }

  #startOf(run: Run): Start {
    const { environment, worker, startExpiresMs } = this.#options;
    const { id, turn, task, flow } = run.message;
    const nowMs = environment.now();
    const times = { startedAtMs: nowMs, expiresAtMs: nowMs + startExpiresMs };
    return { id, turn, holder: holderOf(run), task, flow, worker, ...times };
  }

  /** Null where this publication may run the body (rule 9); else what to do instead. */
  async #claim(run: Run, join: string): Promise<Verdict | null> {
    const { message } = run;
    const claimant = { nonce: message.nonce ?? message.id, turn: message.turn };
    const claim = await this.#options.commit.claim(join, claimant);
    if (claim === "mine") return null;
    if (claim === "marked") return this.#marked(run, join);
    if (claim === "held") {
      this.#options.telling.skipped(message, "another copy has the join's claim");
      return { kind: "dropped" };
    }
    run.isSuspect = true;
    const failure = engineFailure(
      "JOIN_LOST",
      `the join ${join} of this body is gone`,
      message.task,
      message.id,
    );
    return (await this.#stored(message)) ?? { kind: "ended", outcome: failed(failure) };
  }

  /** A body whose join was ended does not run (rule 24). n.b. It is never just acknowledged (rule 17). */
  async #marked(run: Run, join: string): Promise<Verdict | null> {
    const { message } = run;
    const { id, task } = message;
    const begun = message.compensation === "step" ? await this.#begin(run) : null;
    if (begun !== null || run.isBegunBefore) return begun; // what has begun ends by itself (rule 39)
    const mark = (await this.#options.commit.markOf(join)) ?? cancelFailure("its group was ended", task, id);
    this.#options.telling.cancelled(message, mark.message);
    return { kind: "ended", outcome: failed(failureOf({ id, task }, mark)) };
  }

  /** What is decided of the message's turn: the task's outcome, or a later turn (rule 34); null where it is open. */
  async #stored(message: Message): Promise<Verdict | null> {
    const found = await this.#options.commit.find([message.id]);
    const record = decidedFor(found.get(message.id), message.turn);
    if (record === null) return null;
    const what = isUnfinished(record) ? "its next turn" : "its outcome";
    this.#options.telling.skipped(message, `${what} is stored already`);
    return { kind: "stored", outcome: record.outcome };
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
