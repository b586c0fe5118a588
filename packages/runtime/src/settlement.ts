import type {
  Arrival,
  Broker,
  Delivery,
  Failure,
  Message,
  Outcome,
  PlacedNode,
  Put,
  StoredJoin,
  TurnEnd,
  TurnRecord,
} from "@umbel/core";
import {
  PlanLost,
  PublishFailed,
  engineFailure,
  failed,
  failureOf,
  isRetry,
  placeOf,
  unpackIds,
} from "@umbel/core";
import type { Effect, Ended } from "@umbel/canvas";
import {
  advance,
  complete,
  completeMarked,
  decidingMembers,
  loseJoin,
  originOf,
  refuse,
} from "@umbel/canvas";
import type { Commit } from "./commit.ts";
import type { Environment } from "./environment.ts";
import { Ending } from "./ending.ts";
import { retryDelayMs } from "./environment.ts";
import type { Recorder } from "./record.ts";
import { recordOf, recordOfTurn } from "./record.ts";

/** One delivery on its way to its acknowledgement. */
export interface Run {
  readonly delivery: Delivery;
  readonly message: Message;
  /** Whether what it publishes may exist already (rule 4). Becomes true, never false again. */
  isSuspect: boolean;
  /** When its handler began; milliseconds since the epoch, absent where it did not run. */
  startedAtMs?: number;
}

/** How long the stores keep what they are given; milliseconds. */
export interface Retention {
  /** An outcome, from when the task ended. */
  readonly resultExpiresMs: number;
  /** The outcome of a member of a join, from when it ended: it has to be there when the last member ends. */
  readonly memberExpiresMs: number;
}

/** What a settlement needs of the worker it is in. */
export interface SettlementOptions {
  readonly commit: Commit;
  readonly broker: Pick<Broker, "reply" | "broadcast">;
  readonly environment: Environment;
  readonly retention: Retention;
  readonly worker: string;
  /** Where steps go that name no queue: a foreign client's do not. */
  readonly defaultQueue: string;
}

type Registering = Extract<Effect, { kind: "register" }>["joins"];

/** What joins end with, by their ids. */
type Marks = ReadonlyMap<string, Failure>;

/** A delivery whose connection is gone: the broker delivers it again, and that run does what is left. */
export class Abandoned extends Error {}

const PUBLISH_ATTEMPTS = 6;

/**
 * Takes a task's outcome to its end: stores it, then performs what follows, in order. Its caller acknowledges.
 *
 * Duties: the outcome is stored before anything is done with it (rule 5); what was stored first is what counts
 * (rule 6); a lost connection ends the run, since its message is delivered again (rule 8).
 */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #ending: Ending;

  constructor(options: SettlementOptions) {
    this.#options = options;
    this.#ending = new Ending(options);
  }

  /** Stores how the turn ended, and goes on from whichever end is stored. */
  async settle(run: Run, outcome: TurnEnd): Promise<void> {
    const put = await this.#options.commit.store(recordOfTurn(run, outcome, this.#recorder()));
    if (put.won) return this.goOn(run, outcome);
    run.isSuspect = true;
    if (!mayDrop(run, put.stored)) await this.goOn(run, put.stored.outcome);
  }

  /**
   * Performs what follows a stored end of a turn.
   *
   * @param outcome - Null for the start of a flow.
   * @throws {PlanLost} What follows is in a page of the plan that is gone.
   */
  async goOn(run: Run, outcome: TurnEnd | null): Promise<void> {
    const hasNext = outcome === null || outcome.state === "SUCCESS";
    const message = hasNext ? await this.#withNextPage(run.message) : run.message;
    await this.perform(run, advance(message, outcome));
  }

  async #withNextPage(message: Message): Promise<Message> {
    const [first] = message.next.steps;
    if (first?.kind !== "rest") return message;
    const text = await this.#options.commit.loadPage(first.id);
    if (text === null) throw new PlanLost(`the page ${first.id} of the flow's plan is gone; did it expire?`);
    return { ...message, next: { ...message.next, steps: JSON.parse(text) as readonly PlacedNode[] } };
  }

  /** Fails what comes after a task that cannot be gone on from, whatever its own outcome was; of a retry, its next turn. */
  async failFrom(run: Run, outcome: Outcome): Promise<void> {
    const put = await this.#options.commit.store(recordOfTurn(run, outcome, this.#recorder()));
    if (!put.won) run.isSuspect = true;
    if (!put.won && isRetry(put.stored))
      return this.failFrom({ ...run, message: put.stored.outcome.next }, outcome);
    await this.perform(run, advance(run.message, outcome));
  }

  /** Performs effects in order, each when the one before is done; ends when the connection is lost. */
  async perform(run: Run, effects: readonly Effect[]): Promise<void> {
    for (const [i, effect] of effects.entries()) {
      if (!run.delivery.isAlive()) throw new Abandoned("its connection was lost");
      const marks = await this.#performOne(run, effect);
      if (marks instanceof Map) return this.perform(run, refuse(effects.slice(i), marks));
    }
  }

  /** Marks that a registration met, which forbid what was to follow it (rule 22). */
  #performOne(run: Run, effect: Effect): Promise<Marks | void> | void {
    switch (effect.kind) {
      case "store":
        return this.#store(run, effect.ended);
      case "register":
        return this.#register(run, effect.joins);
      case "publish":
        return this.#publish(run, effect.messages);
      case "arrive":
        return this.#arrive(run, effect.arrival, effect.ok);
      case "retire":
        return this.#retire(effect.join);
      case "push":
        return this.#push(run, effect.replyTo, effect.ended);
      case "cancel":
        return this.#ending.cancel(effect.cancel);
      case "end":
        return this.#ending.end(effect.steps, effect.failure, run.message, effect.replyTo);
      case "lose":
        return this.#ending.lose(effect.losers, effect.failure, run.message);
    }
  }

  async #store(run: Run, ended: readonly Ended[]): Promise<void> {
    const recorder = this.#recorder();
    const records = ended.map((each) => recordOf(run, each, recorder));
    const puts = await Promise.all(records.map((record) => this.#options.commit.store(record)));
    if (puts.some((put: Put) => !put.won)) run.isSuspect = true;
  }

  /** A join that is there already was registered by another run of the same (rule 2). */
  async #register(run: Run, joins: Registering): Promise<Marks | void> {
    const { commit } = this.#options;
    const fresh = await commit.register(joins);
    if (fresh.some((each) => each !== "new")) run.isSuspect = true;
    const marks = new Map<string, Failure>();
    for (const { id } of joins.filter((_, i) => fresh[i] === "marked")) {
      const mark = await commit.markOf(id);
      if (mark !== null) marks.set(id, mark);
    }
    return marks.size === 0 ? undefined : marks;
  }

  async #publish(run: Run, messages: readonly Message[]): Promise<void> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await run.delivery.publish(messages.map((message) => this.#stamp(run, message)));
      } catch (error) {
        if (!run.delivery.isAlive()) throw new Abandoned("its connection was lost", { cause: error });
        if (!(error instanceof PublishFailed)) throw error;
        run.isSuspect = true;
        if (attempts === PUBLISH_ATTEMPTS) return this.#fail(run, messages, error);
        const { environment } = this.#options;
        await environment.sleep(retryDelayMs(attempts, environment.random()));
      }
    }
  }

  /** What the broker keeps refusing fails, so that nobody waits for it. */
  async #fail(run: Run, messages: readonly Message[], error: PublishFailed): Promise<void> {
    for (const message of messages) {
      const failure = engineFailure("PUBLISH_FAILED", error.message, message.task, message.id);
      const { delivery, isSuspect } = run;
      await this.failFrom({ delivery, message, isSuspect }, failed(failure));
    }
  }

  #stamp(run: Run, message: Message): Message {
    const { environment, defaultQueue } = this.#options;
    return stamp(routed(message, defaultQueue), run.isSuspect, environment);
  }

  async #arrive(run: Run, arrival: Arrival, ok: boolean): Promise<void> {
    const { join, size, index } = arrival;
    if (arrival.isRace === true) return this.#race(run, arrival, ok);
    const place = placeOf(join, size, index);
    const arrived = await this.#count(run, arrival, place.document, place.index, ok);
    if (arrived === null || !arrived.completes) return;
    if (place.shard === null) return this.#complete(run, arrival);
    const atRoot = await this.#count(run, arrival, join, place.shard, arrived.failed === 0);
    if (atRoot?.completes) await this.#complete(run, arrival);
  }

  async #count(run: Run, arrival: Arrival, document: string, index: number, ok: boolean) {
    const arrived = await this.#options.commit.arrive(document, { index, ok });
    if (arrived === null) await this.#lose(run, arrival);
    else if (arrived.isRepeat) run.isSuspect = true;
    return arrived;
  }

  async #race(run: Run, arrival: Arrival, ok: boolean): Promise<void> {
    const { join, index } = arrival;
    const raced = await this.#options.commit.race(join, { index, ok });
    if (raced === null) return this.#lose(run, arrival);
    if (raced.isRepeat) run.isSuspect = true;
    if (raced.decides) await this.#complete(run, arrival);
  }

  async #complete(run: Run, arrival: Arrival): Promise<void> {
    const join = await this.#options.commit.readJoin(arrival.join);
    if (join === null) return this.#lose(run, arrival);
    if (join.mark !== null) return this.#completeMarked(run, join, join.mark);
    const ids = decidingMembers(join, join.decision).map(({ id }) => id);
    const found = await this.#options.commit.find(ids);
    const outcomes = ids.map((id) => found.get(id)?.record?.outcome);
    await this.perform(run, complete(join, outcomes, join.decision));
  }

  /** Whoever puts the body's outcome and finds another goes on with that (rule 24). */
  async #completeMarked(run: Run, join: StoredJoin, mark: Failure): Promise<void> {
    const [body] = join.next.steps;
    if (body?.kind !== "task") return;
    const outcome = failed(failureOf(body, mark));
    const ended = recordOf(run, { id: body.id, task: body.task, outcome }, this.#recorder());
    const put = await this.#options.commit.store(ended);
    run.isSuspect = true;
    if (put.won) return this.perform(run, completeMarked(join, outcome));
    // n.b. The next attempt of a body reads the mark with its claim.
    if (!isRetry(put.stored)) await this.perform(run, completeMarked(join, put.stored.outcome));
  }

  /** The join is gone: its body has run, or never will (rule 11). */
  async #lose(run: Run, arrival: Arrival): Promise<void> {
    run.isSuspect = true;
    const [body] = unpackIds(arrival.ends);
    const found = body === undefined ? undefined : (await this.#options.commit.find([body])).get(body);
    // n.b. Who said so before may have died before the join further out heard of it.
    if (found?.retry || (found?.record && codeOf(found.record.outcome) !== "JOIN_LOST")) return;
    await this.perform(run, loseJoin(arrival, originOf(run.message)));
  }

  #retire(join: string): Promise<void> {
    const { commit, environment, retention } = this.#options;
    return commit.retire(join, environment.now() + retention.resultExpiresMs);
  }

  #push(run: Run, replyTo: string, ended: readonly Ended[]): void {
    const recorder = this.#recorder();
    this.#options.broker.reply(
      replyTo,
      ended.map((each) => recordOf(run, each, recorder)),
    );
  }

  #recorder(): Recorder {
    const { environment, retention, worker } = this.#options;
    return { worker, retention, nowMs: environment.now() };
  }
}

function codeOf(outcome: Outcome): string | null {
  return outcome.state === "FAILURE" ? outcome.failure.code : null;
}

function routed(message: Message, defaultQueue: string): Message {
  const { options } = message;
  return options.queue === undefined ? { ...message, options: { ...options, queue: defaultQueue } } : message;
}

/** A message as it is published: with a nonce of its own, its suspicion and its time (rule 3). */
export function stamp(message: Message, isSuspect: boolean, environment: Environment): Message {
  const { countdownMs = 0 } = message.options;
  return {
    ...message,
    nonce: environment.nonce(),
    suspect: isSuspect,
    etaMs: countdownMs > 0 ? environment.now() + countdownMs : message.etaMs,
  };
}

/**
 * Whether a duplicate needs no effects: another publication's run stored how it ended and performs them.
 *
 * n.b. Whoever drops blindly hangs: the stored write may be one's own whose reply was lost, and a record without
 * a writer (a foreign worker's) has nobody who performs its effects (rule 6).
 */
function mayDrop({ delivery, message }: Run, stored: TurnRecord): boolean {
  return !delivery.redelivered && delivery.isAlive() && stored.by !== null && stored.by !== message.nonce;
}
