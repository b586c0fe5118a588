import type { Arrival, Failure, Join, Outcome, Put, StoredJoin, TurnEnd } from "@umbel/core";
import { failed, failureOf, isUnfinished, placeOf } from "@umbel/core";
import type { Effect, Ended } from "@umbel/canvas";
import {
  additionIds,
  additionsTo,
  complete,
  decidingMembers,
  endBody,
  loseJoin,
  lostWith,
  originOf,
} from "@umbel/canvas";
import type { Commit } from "./commit.ts";
import type { Eventually } from "./eventually.ts";
import { Completions } from "./completions.ts";
import { OwnOutcomes } from "./own-outcomes.ts";
import type { Recorder } from "./record.ts";
import { recordOf } from "./record.ts";
import type { Run } from "./run.ts";

export interface JoiningOptions {
  readonly commit: Commit;
  readonly recorder: () => Recorder;
  readonly perform: (run: Run, effects: readonly Effect[]) => Eventually<void>;
}

/** Counts members at their joins, and does what a decided join asks for. */
export class Joining {
  readonly #options: JoiningOptions;
  readonly #completions = new Completions();
  readonly #own = new OwnOutcomes();

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Arrives as a member; whoever decides the join does what follows it. */
  async arrive(run: Run, arrival: Arrival, ok: boolean): Promise<void> {
    const { join, size, index } = arrival;
    this.#own.keep(run.stored);
    if (arrival.isRace === true) return this.#race(run, arrival, ok);
    const { commit } = this.#options;
    const place = placeOf(join, size, index);
    const arrived = await commit.arrive(place.document, { index: place.index, ok });
    if (arrived === null) return this.#lose(run, arrival);
    if (arrived.isRepeat) run.isSuspect = true;
    if (!arrived.completes) return;
    if (place.shard === null) return this.#complete(run, arrival, arrived.join);
    const atRoot = await commit.arrive(join, { index: place.shard, ok: arrived.failed === 0 });
    if (atRoot === null) return this.#lose(run, arrival);
    if (atRoot.isRepeat) run.isSuspect = true;
    if (atRoot.completes) await this.#complete(run, arrival, atRoot.join);
  }

  async #race(run: Run, arrival: Arrival, ok: boolean): Promise<void> {
    const { join, index } = arrival;
    const raced = await this.#options.commit.race(join, { index, ok });
    if (raced === null) return this.#lose(run, arrival);
    if (raced.isRepeat) run.isSuspect = true;
    if (raced.decides) await this.#complete(run, arrival, null);
  }

  /** @param atHand - The join, where it need not be read. n.b. What marks it from now on is read by the body, with its claim (rule 24). */
  #complete(run: Run, arrival: Arrival, atHand: StoredJoin | null): Promise<void> {
    return this.#completions.once(arrival.join, () => this.#completeNow(run, arrival, atHand));
  }

  async #completeNow(run: Run, arrival: Arrival, atHand: StoredJoin | null): Promise<void> {
    const join = atHand ?? (await this.#options.commit.readJoin(arrival.join));
    if (join === null) return this.#lose(run, arrival);
    if (join.mark !== null && join.next.steps.length > 0) {
      run.isSuspect = true;
      return this.fail(run, join, join.mark);
    }
    const ids = decidingMembers(join, join.decision).map(({ id }) => id);
    const found = await this.#outcomesOf(ids);
    const outcomes = ids.map((id) => found.get(id));
    await this.#options.perform(run, complete(join, outcomes, join.decision, additionsTo(ids, found)));
  }

  /** With those of what they added, and of what that added. */
  async #outcomesOf(members: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    // n.b. What is kept here has added nothing.
    for (let ids = members.filter((id) => !this.#own.take(id, outcomes)); ids.length > 0;) {
      const found = await this.#options.commit.find(ids);
      for (const [id, { record }] of found) if (record !== null) outcomes.set(id, record.outcome);
      ids = ids.flatMap((id) => additionIds(id, outcomes.get(id)));
    }
    return outcomes;
  }

  /** Whoever puts the body's outcome and finds another goes on with that (rule 24). */
  async fail(run: Run, join: Join, failure: Failure): Promise<void> {
    const [body] = join.next.steps;
    if (body?.kind !== "task") return;
    const outcome = failed(failureOf(body, failure));
    const put = await this.#put(run, { id: body.id, task: body.task, outcome });
    if (put.won) return this.#options.perform(run, endBody(join, outcome));
    run.isSuspect = true;
    // n.b. The next turn of a body goes on by itself, and reads a mark with its claim; so does one that has begun (rule 39).
    if (put.stored !== null && !isUnfinished(put.stored))
      await this.#options.perform(run, endBody(join, put.stored.outcome));
  }

  /** The join is gone: its body has run, runs, or never will (rule 11). Who writes the body's outcome first decides. */
  async #lose(run: Run, arrival: Arrival): Promise<void> {
    run.isSuspect = true;
    const [body] = lostWith(arrival);
    const put = body && (await this.#put(run, body));
    // n.b. Who said so before may have died before the join further out heard of it.
    if (put?.won === false && codeOf(put.stored?.outcome) !== "JOIN_LOST") return;
    await this.#options.perform(run, loseJoin(arrival, originOf(run.message)));
  }

  #put(run: Run, ended: Ended): Eventually<Put> {
    return this.#options.commit.store(recordOf(run, ended, this.#options.recorder()));
  }
}

function codeOf(outcome: TurnEnd | undefined): string | null {
  return outcome?.state === "FAILURE" ? outcome.failure.code : null;
}
