import type {
  Broker,
  Failed,
  Failure,
  Message,
  Messages,
  OutcomeRecord,
  Put,
  Replaced,
  TurnEnd,
  TurnRecord,
} from "@umbel/core";
import { JoinMismatch, engineFailure, failed, isCancelled, isKept, isUnfinished } from "@umbel/core";
import type { Effect, Ended } from "@umbel/canvas";
import { advance, beginLinks, endAdditions, refuse } from "@umbel/canvas";
import type { CountedEnd } from "./compensating.ts";
import { Compensating } from "./compensating.ts";
import type { Commit } from "./commit.ts";
import { Ending } from "./ending.ts";
import type { Environment } from "./environment.ts";
import type { Eventually } from "./eventually.ts";
import { after } from "./eventually.ts";
import { Joining } from "./joining.ts";
import type { PlanPages } from "./plan-pages.ts";
import { isInPage } from "./plan-pages.ts";
import { Publishing } from "./publishing.ts";
import type { Recorder } from "./record.ts";
import { recordOf, recordOfTurn } from "./record.ts";
import type { Retention } from "./retention.ts";
import type { Run } from "./run.ts";
import { Abandoned } from "./run.ts";

/** What a settlement needs of the worker it is in. */
export interface SettlementOptions {
  readonly commit: Commit;
  readonly broker: Pick<Broker, "reply" | "broadcast">;
  readonly environment: Environment;
  readonly retention: Retention;
  readonly worker: string;
  /** Where steps go that name no queue: a foreign client's do not. */
  readonly defaultQueue: string;
  readonly pages: PlanPages;
}

type Registering = Extract<Effect, { kind: "register" }>["joins"];

/** What joins end with, by their ids. */
type Marks = ReadonlyMap<string, Failure>;

/**
 * Takes a task's outcome to its end: stores it, then performs what follows, in order. Its caller acknowledges.
 *
 * Duties: the outcome is stored before anything is done with it (rule 5); what was stored first is what counts
 * (rule 6); a lost connection ends the run, since its message is delivered again (rule 8).
 */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #ending: Ending;
  readonly #joining: Joining;
  readonly #compensating: Compensating;
  readonly #publishing: Publishing;

  constructor(options: SettlementOptions) {
    const { commit, environment, defaultQueue } = options;
    this.#options = options;
    this.#ending = new Ending(options);
    this.#joining = new Joining({
      commit,
      recorder: () => this.recorder(),
      perform: (run, effects) => this.perform(run, effects),
    });
    this.#compensating = new Compensating({
      commit,
      recorder: () => this.recorder(),
      perform: (run, effects) => this.perform(run, effects),
      expiresMs: options.retention.resultExpiresMs,
      reply: (replyTo, record) => options.broker.reply(replyTo, [record]),
    });
    this.#publishing = new Publishing({
      environment,
      defaultQueue,
      onRefused: (run, message, { message: why }) => this.#failMessage(run, message, why),
    });
  }

  /** Stores how the turn ended, and goes on from whichever end is stored; of what nobody wants to know nothing is left. */
  settle(run: Run, ended: TurnEnd): Eventually<void> {
    const isOver = ended.state === "SUCCESS" || ended.state === "FAILURE";
    return isOver && !isKept(run.message) ? undefined : this.#settleKept(run, ended);
  }

  #settleKept(run: Run, ended: TurnEnd): Eventually<void> {
    if (ended.state !== "REPLACED") return this.#settleAs(run, ended);
    return this.#options.pages.shortenReplaced(run, ended).then((paged) => this.#settleAs(run, paged));
  }

  #settleAs(run: Run, outcome: TurnEnd): Eventually<void> {
    const record = recordOfTurn(run, outcome, this.recorder());
    return after(this.#options.commit.store(record), (put) => this.#goOnAfter(run, record, put));
  }

  #goOnAfter(run: Run, record: TurnRecord, put: Put): Eventually<void> {
    if (put.won) {
      run.stored = record;
      return this.goOn(run, record.outcome);
    }
    run.isSuspect = true;
    if (put.stored === null) return; // who holds it ends it (rule 40)
    if (!mayDrop(run, put.stored)) return this.goOn(run, put.stored.outcome);
  }

  /**
   * Performs what follows a stored end of a turn.
   *
   * @param outcome - Null for the start of a flow.
   * @throws {PlanLost} What follows is in a page of the plan that is gone.
   */
  goOn(run: Run, outcome: TurnEnd | null): Eventually<void> {
    if (outcome?.state === "REPLACED") return this.#goOnAs(run, outcome);
    const hasNext = outcome === null || outcome.state === "SUCCESS";
    if (hasNext && isInPage(run.message)) return this.#goOnInPage(run, outcome);
    return this.perform(run, advance(run.message, outcome));
  }

  async #goOnAs(run: Run, outcome: Replaced): Promise<void> {
    const next = await this.#options.pages.open(outcome.next);
    await this.perform(run, advance(run.message, { ...outcome, next }));
  }

  async #goOnInPage(run: Run, outcome: TurnEnd | null): Promise<void> {
    await this.perform(run, advance(await this.#options.pages.open(run.message), outcome));
  }

  /** Fails what comes after a task that cannot be gone on from, whatever its own outcome was; of a retry, its next turn. */
  async failFrom(run: Run, outcome: Failed): Promise<void> {
    const put = await this.#options.commit.store(recordOfTurn(run, outcome, this.recorder()));
    if (!put.won) run.isSuspect = true;
    const stored = put.won ? undefined : put.stored;
    if (stored === null) return; // who holds it ends it (rule 41)
    if (stored !== undefined && isUnfinished(stored))
      return this.failFrom({ ...run, message: stored.outcome.next }, outcome);
    const ended = stored === undefined ? [] : endAdditions(run.message.id, stored.outcome, outcome.failure);
    await this.perform(run, [...ended, ...advance(run.message, outcome)]);
  }

  /** Performs effects in order, each when the one before is done; ends when the connection is lost. */
  perform(run: Run, effects: readonly Effect[]): Eventually<void> {
    return this.#performFrom(run, effects, 0);
  }

  #performFrom(run: Run, effects: readonly Effect[], start: number): Eventually<void> {
    for (let i = start; i < effects.length; i += 1) {
      if (!run.delivery.isAlive()) throw new Abandoned("its connection was lost");
      const effect = effects[i] as Effect;
      if (effect.kind === "register") return this.#performRegistered(run, effects.slice(i), effect.joins);
      const performing = this.#performOne(run, effect);
      if (performing === undefined) continue;
      return i === effects.length - 1 ? performing : this.#performRest(run, effects, i + 1, performing);
    }
  }

  async #performRest(
    run: Run,
    effects: readonly Effect[],
    start: number,
    performing: Promise<void>,
  ): Promise<void> {
    await performing;
    return this.#performFrom(run, effects, start);
  }

  /**
   * A registration, and what follows it, unless that is forbidden by marks that it met (rule 22).
   *
   * @param effects - The registration first.
   */
  async #performRegistered(run: Run, effects: readonly Effect[], joins: Registering): Promise<void> {
    const marks = await this.#register(run, joins);
    return marks.size > 0 ? this.perform(run, refuse(effects, marks)) : this.#performFrom(run, effects, 1);
  }

  #performOne(run: Run, effect: Exclude<Effect, { kind: "register" }>): Promise<void> | undefined {
    switch (effect.kind) {
      case "store":
        return this.#store(run, effect.ended);
      case "publish":
        return this.#publish(run, effect.messages);
      case "link":
        return this.#link(run, effect);
      case "arrive":
        return this.#joining.arrive(run, effect.arrival, effect.ok);
      case "fail":
        return this.#joining.fail(run, effect.join, effect.failure);
      case "retire":
        return this.#retire(effect.join);
      case "push":
        this.#push(run, effect.replyTo, effect.ended);
        return undefined;
      case "cancel":
        return this.#ending.cancel(effect.cancel);
      case "end":
        return this.#end(run, this.#ending.end(effect.steps, effect.failure, run.message, effect.replyTo));
      case "lose":
        return this.#end(run, this.#ending.lose(effect.losers, effect.failure, run.message));
      case "count":
        return this.#compensating.count(run, [effect]);
      case "undo":
        return this.#compensating.goOn(run, effect.after);
    }
  }

  /** n.b. Members travel with what follows them: that is theirs alone, and short in most flows. */
  #publish(run: Run, messages: Messages): Promise<void> {
    const [only] = messages.length === 1 ? messages : []; // n.b. those of a group are made as they are asked for
    if (only === undefined) return this.#publishing.publish(run, messages);
    const short = this.#options.pages.shorten(only);
    if (!(short instanceof Promise)) return this.#publishing.publish(run, messages);
    return short.then((message) => this.#publishing.publish(run, [message]));
  }

  async #store(run: Run, ended: readonly Ended[]): Promise<void> {
    const recorder = this.recorder();
    const records = ended.map((each) => recordOf(run, each, recorder));
    const puts = await Promise.all(records.map(async (record) => this.#options.commit.store(record)));
    if (puts.some((put: Put) => !put.won)) run.isSuspect = true;
    const counted = ended.flatMap((each, i) => (each.isCounted ? countedEnd(each, puts[i]) : []));
    await this.#compensating.count(run, counted);
  }

  /** Ends tasks from outside; what they came to is counted, too (rule 37). */
  async #end(run: Run, ending: Promise<readonly CountedEnd[]>): Promise<void> {
    const counted = await ending;
    if (counted.length > 0) run.isSuspect = true;
    await this.#compensating.count(run, counted);
  }

  /** n.b. It may have been cancelled before its failure could be stored: then it begins nothing (rule 32). */
  async #link(run: Run, { links, task, origin }: Extract<Effect, { kind: "link" }>): Promise<void> {
    const stored = (await this.#options.commit.find([task])).get(task)?.record;
    if (stored && isCancelled(stored.outcome)) return;
    await this.perform(run, beginLinks(links, [task], origin));
  }

  /**
   * A join that is there already was registered by another run of the same (rule 2). Gives the marks that it met.
   *
   * @throws {JoinMismatch} It was not: its size is another.
   */
  async #register(run: Run, joins: Registering): Promise<Marks> {
    const { commit } = this.#options;
    const fresh = await commit.register(joins);
    if (fresh.some((each) => each !== "new")) run.isSuspect = true;
    const other = joins.find((_, i) => fresh[i] === "other");
    if (other !== undefined) throw new JoinMismatch(other.id, other.size);
    const marks = new Map<string, Failure>();
    for (const { id } of joins.filter((_, i) => fresh[i] === "marked")) {
      const mark = await commit.markOf(id);
      if (mark !== null) marks.set(id, mark);
    }
    return marks;
  }

  /** What the broker keeps refusing fails, so that nobody waits for it. */
  #failMessage({ delivery, isSuspect }: Run, message: Message, why: string): Promise<void> {
    const failure = engineFailure("PUBLISH_FAILED", why, message.task, message.id);
    return this.failFrom({ delivery, message, isSuspect }, failed(failure));
  }

  #retire(join: string): Promise<void> {
    const { commit, environment, retention } = this.#options;
    return commit.retire(join, environment.now() + retention.resultExpiresMs);
  }

  #push(run: Run, replyTo: string, ended: readonly Ended[]): void {
    const recorder = this.recorder();
    this.#options.broker.reply(
      replyTo,
      ended.map((each) => storedAs(run, each) ?? recordOf(run, each, recorder)),
    );
  }

  /** Where and when a record is made: here, now. */
  recorder(): Recorder {
    const { environment, retention, worker } = this.#options;
    return { worker, retention, nowMs: environment.now() };
  }
}

/** The record that the run has stored of it; undefined for none. */
function storedAs({ stored }: Run, { id, outcome }: Ended): OutcomeRecord | undefined {
  const isSame = stored !== undefined && stored.id === id && stored.outcome === outcome;
  return isSame && !isUnfinished(stored) ? stored : undefined;
}

/** What a task came to that was ended with others; nothing where it goes on, or where who holds it ends it. */
function countedEnd({ id, outcome }: Ended, put: Put | undefined): readonly CountedEnd[] {
  if (put?.won === false && (put.stored === null || isUnfinished(put.stored))) return [];
  const { state } = put?.won === false && put.stored !== null ? put.stored.outcome : outcome;
  return [{ id, ok: state === "SUCCESS" }];
}

/**
 * Whether a duplicate needs no effects: another publication's run stored how it ended and performs them.
 *
 * n.b. Whoever drops blindly hangs: the stored write may be one's own whose reply was lost, and a record without
 * a writer (a foreign worker's) has nobody who performs its effects (rule 6).
 */
export function mayDrop({ delivery, message }: Run, stored: TurnRecord): boolean {
  const isFirst = !delivery.redelivered && delivery.death === undefined;
  return isFirst && delivery.isAlive() && stored.by !== null && stored.by !== message.nonce;
}
