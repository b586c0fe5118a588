import type { Arrival, Failure, Outcome, StoredJoin } from "@umbel/core";
import { failed, failureOf, isUnfinished, placeOf, unpackIds } from "@umbel/core";
import type { Effect } from "@umbel/canvas";
import {
  additionIds,
  additionsTo,
  complete,
  completeMarked,
  decidingMembers,
  loseJoin,
  originOf,
} from "@umbel/canvas";
import type { Commit } from "./commit.ts";
import type { Recorder } from "./record.ts";
import { recordOf } from "./record.ts";
import type { Run } from "./run.ts";

export interface JoiningOptions {
  readonly commit: Commit;
  readonly recorder: () => Recorder;
  readonly perform: (run: Run, effects: readonly Effect[]) => Promise<void>;
}

/** Counts members at their joins, and does what a decided join asks for. */
export class Joining {
  readonly #options: JoiningOptions;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Arrives as a member; whoever decides the join does what follows it. */
  async arrive(run: Run, arrival: Arrival, ok: boolean): Promise<void> {
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
    if (join.mark !== null && join.next.steps.length > 0) return this.#completeMarked(run, join, join.mark);
    const ids = decidingMembers(join, join.decision).map(({ id }) => id);
    const found = await this.#outcomesOf(ids);
    const outcomes = ids.map((id) => found.get(id));
    await this.#options.perform(run, complete(join, outcomes, join.decision, additionsTo(ids, found)));
  }

  /** With those of what they added, and of what that added. */
  async #outcomesOf(members: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    for (let ids = members; ids.length > 0;) {
      const found = await this.#options.commit.find(ids);
      for (const [id, { record }] of found) if (record !== null) outcomes.set(id, record.outcome);
      ids = ids.flatMap((id) => additionIds(id, outcomes.get(id)));
    }
    return outcomes;
  }

  /** Whoever puts the body's outcome and finds another goes on with that (rule 24). */
  async #completeMarked(run: Run, join: StoredJoin, mark: Failure): Promise<void> {
    const [body] = join.next.steps;
    if (body?.kind !== "task") return;
    const outcome = failed(failureOf(body, mark));
    const ended = recordOf(run, { id: body.id, task: body.task, outcome }, this.#options.recorder());
    const put = await this.#options.commit.store(ended);
    run.isSuspect = true;
    if (put.won) return this.#options.perform(run, completeMarked(join, outcome));
    // n.b. The next attempt of a body reads the mark with its claim.
    if (!isUnfinished(put.stored)) await this.#options.perform(run, completeMarked(join, put.stored.outcome));
  }

  /** The join is gone: its body has run, or never will (rule 11). */
  async #lose(run: Run, arrival: Arrival): Promise<void> {
    run.isSuspect = true;
    const [body] = unpackIds(arrival.ends);
    const found = body === undefined ? undefined : (await this.#options.commit.find([body])).get(body);
    // n.b. Who said so before may have died before the join further out heard of it.
    if (found?.lastTurn || (found?.record && codeOf(found.record.outcome) !== "JOIN_LOST")) return;
    await this.#options.perform(run, loseJoin(arrival, originOf(run.message)));
  }
}

function codeOf(outcome: Outcome): string | null {
  return outcome.state === "FAILURE" ? outcome.failure.code : null;
}
