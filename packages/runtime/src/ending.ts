import type {
  Broker,
  Cancel,
  Failure,
  Message,
  OutcomeRecord,
  PlacedNode,
  PlacedRest,
  Put,
} from "@umbel/core";
import {
  compensationId,
  failed,
  failureOf,
  isCancelled,
  isUnfinished,
  resultId,
  stepsOfText,
} from "@umbel/core";
import type { Loser, Scope } from "@umbel/canvas";
import { endsOf, membersOf, pendingIn, placeTakers, scopeOf, scopesOfAdditions } from "@umbel/canvas";
import type { CountedEnd } from "./compensating.ts";
import type { Commit } from "./commit.ts";
import type { Environment } from "./environment.ts";
import type { Retention } from "./retention.ts";

/** What an ending needs of the worker it is in. */
export interface EndingOptions {
  readonly commit: Commit;
  readonly broker: Pick<Broker, "reply" | "broadcast">;
  readonly environment: Environment;
  readonly retention: Retention;
  readonly worker: string;
}

/** What stays of each task of some steps. */
interface Ended {
  /** By id, what is stored: the ending's outcome, or the one that was there first. */
  readonly records: ReadonlyMap<string, OutcomeRecord>;
  /** Those that a compensation may wait for, as they are stored. */
  readonly counted: readonly CountedEnd[];
}

/** What had begun by tasks that have ended now. */
interface Begun {
  /** The steps that had taken their places. */
  readonly takers: readonly (readonly PlacedNode[])[];
}

/**
 * Ends flows and parts of them from outside, in the order of rules 17 and 22: what is to be known later is kept first, then
 * the joins are marked, outer first, then every task has an outcome, first write wins. Each step may be done again.
 */
export class Ending {
  readonly #options: EndingOptions;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /** Keeps that this was cancelled, for workers that start later, and tells those that run. */
  async cancel(cancel: Cancel): Promise<void> {
    const { commit, broker } = this.#options;
    await commit.noteCancel(cancel, this.#keptUntil());
    broker.broadcast([cancel]);
  }

  /** Ends steps that follow each other, and tells who waits for the last of them. */
  async end(
    steps: readonly PlacedNode[],
    failure: Failure,
    message: Message,
    replyTo: string | null,
  ): Promise<readonly CountedEnd[]> {
    if (hasCounted(scopeOf(steps)))
      await this.#options.commit.mark([compensationId(message.flow)], failure, this.#keptUntil());
    const { records, counted } = await this.#endAll(steps, failure, message);
    const awaited = replyTo === null ? [] : endsOf(steps).flatMap((id) => records.get(id) ?? []);
    if (replyTo !== null && awaited.length > 0) this.#options.broker.reply(replyTo, awaited);
    return counted;
  }

  /** Ends what lost a race, and tells the workers of those that had not ended. */
  async lose(losers: readonly Loser[], failure: Failure, message: Message): Promise<readonly CountedEnd[]> {
    // n.b. each is a line of its own: a group that ends one of them is followed by nothing.
    const steps = losers.map(({ step }) => step);
    const { records, counted } = await this.#endAll(steps, failure, message);
    const running = losers.filter(({ step }) => wasOpen(records.get(resultId(step))));
    if (running.length > 0)
      this.#options.broker.broadcast(running.map(({ scope }) => ({ scope, reason: failure.message })));
    return counted;
  }

  /**
   * What was stored before may have added to its group, and others may have taken its place: all of that ends, too (rules
   * 29 and 44).
   *
   * n.b. It ends after what it came from, which can add nothing any more then, nor have its place taken.
   */
  async #endAll(steps: readonly PlacedNode[], failure: Failure, message: Message): Promise<Ended> {
    const joins: string[] = [];
    const records = new Map<string, OutcomeRecord>();
    const counted: CountedEnd[] = [];
    for (let scopes: readonly Scope[] = [scopeOf(steps)]; scopes.length > 0;) {
      const found = await this.#mark(scopes, failure);
      const ended = await this.#put(found.tasks, failure, message);
      joins.push(...found.joins);
      for (const [id, record] of ended.records) records.set(id, record);
      counted.push(...ended.counted);
      const added = [...ended.records.values()].flatMap(({ id, outcome }) => scopesOfAdditions(id, outcome));
      scopes = [...added, ...ended.takers.map(scopeOf)];
    }
    await Promise.all(joins.map((join) => this.#retire(join)));
    return { records, counted };
  }

  /** Puts an outcome for each task; first write wins. */
  async #put(tasks: Scope["tasks"], failure: Failure, message: Message): Promise<Ended & Begun> {
    const records = tasks.map((task) => this.#record(task, failure, message));
    const puts = await Promise.all(records.map(async (record) => this.#options.commit.store(record)));
    const stored = records.flatMap((record, i) => storedBy(puts[i], record));
    const awaited = new Set(tasks.flatMap((task) => (task.isCounted ? [task.id] : [])));
    const counted = stored
      .filter(({ id }) => awaited.has(id))
      .map(({ id, outcome }) => ({ id, ok: outcome.state === "SUCCESS" }));
    const takers = puts.flatMap(({ replaced }) => (replaced ? [placeTakers(replaced)] : []));
    return {
      records: new Map(stored.map((record) => [record.id, record])),
      counted,
      takers,
    };
  }

  /** Marks all joins of these scopes, outer first, as far as they are known; gives what was found. */
  async #mark(begun: readonly Scope[], failure: Failure): Promise<Pick<Scope, "joins" | "tasks">> {
    const joins: string[] = [];
    const tasks: Scope["tasks"][number][] = [];
    for (let scopes = begun; scopes.length > 0;) {
      const found = scopes.flatMap((scope) => scope.joins);
      await this.#options.commit.mark(found, failure, this.#keptUntil());
      joins.push(...found);
      for (const scope of scopes) tasks.push(...scope.tasks);
      scopes = await this.#below(scopes);
    }
    return { joins, tasks };
  }

  /** What can be told only now: what is in the store, and members of groups whose size was not known. */
  async #below(scopes: readonly Scope[]): Promise<Scope[]> {
    const rests = scopes.flatMap((scope) => scope.rests).map((rest) => this.#read(rest));
    const spreads = scopes.flatMap((scope) => scope.spreads).map((group) => this.#spread(group));
    return [...(await Promise.all(rests)), ...(await Promise.all(spreads))];
  }

  /** n.b. A page that is gone has been begun with, or never will be; who its tasks are is known without it. */
  async #read(rest: PlacedRest): Promise<Scope> {
    const text = await this.#options.commit.loadPage(rest.id);
    if (text !== null) return scopeOf(stepsOfText(text));
    return { joins: [], tasks: pendingIn(rest), rests: [], spreads: [] };
  }

  /** Where its join is not registered there are no members, and whoever registers it meets the mark. */
  async #spread(group: Scope["spreads"][number]): Promise<Scope> {
    const join = await this.#options.commit.readJoin(group.id);
    const members = join === null ? [] : membersOf(group, join.size);
    const scopes = members.map((member) => scopeOf([member]));
    return {
      joins: scopes.flatMap(({ joins }) => joins),
      tasks: scopes.flatMap(({ tasks }) => tasks),
      rests: scopes.flatMap(({ rests }) => rests),
      spreads: scopes.flatMap(({ spreads }) => spreads),
    };
  }

  #retire(join: string): Promise<void> {
    const { commit, environment, retention } = this.#options;
    return commit.retire(join, environment.now() + retention.resultExpiresMs);
  }

  /** Milliseconds since the epoch: as long as anything of a flow may still come. */
  #keptUntil(): number {
    const { environment, retention } = this.#options;
    return environment.now() + retention.memberExpiresMs;
  }

  /** Without a writer: whoever meets it performs its effects (rule 6). */
  #record({ id, task: name }: Scope["tasks"][number], failure: Failure, message: Message): OutcomeRecord {
    const { environment, retention, worker } = this.#options;
    const now = environment.now();
    const task = { id, task: name };
    return {
      ...task,
      outcome: failed(failureOf(task, failure)),
      by: null,
      args: null,
      kwargs: null,
      flow: message.flow,
      parent: null,
      queue: null,
      worker,
      retries: 0,
      turn: LAST_TURN,
      startedAtMs: null,
      doneAtMs: now,
      expiresAtMs: now + retention.resultExpiresMs,
    };
  }
}

/** What stays of a task; nothing where it has begun, and ends by itself (rule 39). */
function storedBy(put: Put | undefined, record: OutcomeRecord): readonly OutcomeRecord[] {
  if (put === undefined || put.won) return [record];
  if (put.stored === null) return [];
  return [isUnfinished(put.stored) ? record : put.stored];
}

/**
 * Whether a part had not ended by itself, or has begun and will (rule 39). n.b. Whoever met its mark may have put its end
 * before.
 */
function wasOpen(record: OutcomeRecord | undefined): boolean {
  return record === undefined || isCancelled(record.outcome);
}

/** Whether the compensation of the flow may wait for any of them. */
function hasCounted({ tasks, rests }: Scope): boolean {
  return tasks.some(({ isCounted }) => isCounted) || rests.some(({ isCounted }) => isCounted);
}

/** Above every turn that an attempt of the task may have begun: that one ends, too. */
const LAST_TURN = 2 ** 31 - 1;
