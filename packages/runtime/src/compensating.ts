import type { Join, OutcomeRecord, Outcome, PlacedTask, StoredJoin } from "@umbel/core";
import { COMPENSATION_TASK, compensationId, engineFailure, failed, memberIds, success } from "@umbel/core";
import type { Json } from "@umbel/core";
import type { Effect } from "@umbel/canvas";
import { beginUndo, compensationOf, doneOf, stepOf } from "@umbel/canvas";
import type { Commit } from "./commit.ts";
import type { Eventually } from "./eventually.ts";
import type { Recorder } from "./record.ts";
import { recordOf } from "./record.ts";
import type { Run } from "./run.ts";

/** The end of a task that a compensation may wait for. */
export interface CountedEnd {
  readonly id: string;
  readonly ok: boolean;
}

export interface CompensatingOptions {
  readonly commit: Commit;
  readonly recorder: () => Recorder;
  readonly perform: (run: Run, effects: readonly Effect[]) => Eventually<void>;
  /** Milliseconds that a compensation is kept when it is over. */
  readonly expiresMs: number;
  /** Tells whoever awaits it. */
  readonly reply: (replyTo: string, record: OutcomeRecord) => void;
}

/**
 * Undoes what had succeeded of a flow that failed (rule 37).
 *
 * Duties: nothing is undone before everything has ended; one undo after the other, the last step's first, and the next
 * one however that ended; what it came to is stored before its join is let go.
 */
export class Compensating {
  readonly #options: CompensatingOptions;

  constructor(options: CompensatingOptions) {
    this.#options = options;
  }

  /** Counts ends of tasks, those that the compensation does not wait for left out; whoever completes it begins the undos. */
  async count(run: Run, ends: readonly CountedEnd[]): Promise<void> {
    if (ends.length === 0) return;
    const { commit } = this.#options;
    const join = await this.#read(run);
    if (join === null) return;
    const ids = memberIds(join);
    const arrivals = ends
      .map(({ id, ok }) => ({ index: ids.indexOf(id), ok: ok || id !== join.flow }))
      .filter(({ index }) => index !== -1);
    const arrived = await Promise.all(arrivals.map((arrival) => commit.arrive(join.id, arrival)));
    if (arrived.some((each) => each?.isRepeat)) run.isSuspect = true;
    const completing = arrived.find((each) => each?.completes);
    if (completing) await this.#begin(run, join, completing.failed > 0);
  }

  /** Goes on when an undo has ended, however that was. */
  async goOn(run: Run, undo: string): Promise<void> {
    const join = await this.#read(run);
    if (join !== null) await this.#undoBelow(run, join, memberIds(join).indexOf(stepOf(undo)));
  }

  /** n.b. That the flow failed is known from the arrival of its end: the outcome may have been dropped by who read it. */
  #begin(run: Run, join: Join, hasFailed: boolean): Promise<void> {
    if (hasFailed) return this.#undoBelow(run, join, join.size - 1);
    return this.#finish(run, join, success(NOTHING));
  }

  /** Undoes the last one that succeeded of the steps before this one; the end of that undo goes on. */
  async #undoBelow(run: Run, join: Join, from: number): Promise<void> {
    const { commit, perform } = this.#options;
    const ids = memberIds(join);
    for (let index = from - 1; index >= 0; index -= 1) {
      const id = ids[index] ?? "";
      const done = doneOf((await commit.find([id])).get(id)?.record);
      const undo = join.undos?.[index];
      if (done !== null && undo !== undefined) return perform(run, beginUndo(undo, done, join));
    }
    await this.#report(run, join);
  }

  async #report(run: Run, join: Join): Promise<void> {
    const undos: readonly PlacedTask[] = join.undos ?? [];
    const stored = await this.#options.commit.find([...memberIds(join), ...undos.map(({ id }) => id)]);
    await this.#finish(run, join, success(compensationOf(join, stored) as unknown as Json));
  }

  async #finish(run: Run, { id, replyTo }: Pick<Join, "id" | "replyTo">, outcome: Outcome): Promise<void> {
    const { commit, recorder, expiresMs, reply } = this.#options;
    const now = recorder();
    const record = recordOf(run, { id, task: COMPENSATION_TASK, outcome }, now);
    const put = await commit.store(record);
    if (!put.won) run.isSuspect = true;
    if (replyTo !== null) reply(replyTo, put.won ? record : ((put.stored as OutcomeRecord | null) ?? record));
    await commit.retire(id, now.nowMs + expiresMs);
  }

  /** Where it is gone it is over; or the flow was ended before it began, and there is nothing to undo. */
  async #read(run: Run): Promise<StoredJoin | null> {
    const { commit } = this.#options;
    const { flow, replyTo } = run.message;
    const id = compensationId(flow);
    const join = await commit.readJoin(id);
    if (join !== null) return join;
    run.isSuspect = true;
    const isBefore = (await commit.markOf(id)) !== null;
    await this.#finish(run, { id, replyTo }, isBefore ? success(NOTHING) : failed(gone(id)));
    return null;
  }
}

const NOTHING = { undone: [], failed: [] };

function gone(id: string) {
  const message = `the join ${id} was gone when a step of its flow ended; was its document deleted?`;
  return engineFailure("JOIN_LOST", message, COMPENSATION_TASK, id);
}
