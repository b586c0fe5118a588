import type { Holder, OutcomeRecord, TurnEnd, TurnRecord } from "@umbel/core";
import type { Ended } from "@umbel/canvas";
import { isCancelled, success } from "@umbel/core";
import type { Retention } from "./retention.ts";
import type { Run } from "./run.ts";
import { queueOf } from "./run.ts";

/** Where and when a record is made. */
export interface Recorder {
  readonly worker: string;
  readonly retention: Retention;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** How a run's own turn ended, as it is stored. */
export function recordOfTurn(run: Run, outcome: TurnEnd, recorder: Recorder): TurnRecord {
  const { id, task } = run.message;
  if (outcome.state === "SUCCESS" || outcome.state === "FAILURE")
    return recordOf(run, { id, task, outcome }, recorder);
  const fromMs = outcome.next.etaMs ?? recorder.nowMs;
  // n.b. kept for as long after the next attempt as an outcome is after its end; steps in its place may take their time.
  const lifeMs = outcome.state === "RETRY" ? lifeOf(run, recorder) : recorder.retention.memberExpiresMs;
  const { doneAtMs: _notDone, ...said } = recordOf(run, { id, task, outcome: NONE }, recorder);
  return { ...said, outcome, expiresAtMs: fromMs + lifeMs };
}

const NONE = success(null);

/**
 * A task's outcome, its own or one that a run puts for another, as it is stored. `by` is the nonce of the message that
 * this run works on, also for outcomes it puts for others (rule 3).
 *
 * n.b. One literal, and no spreads: it is made for each task.
 */
export function recordOf(run: Run, { id, task, outcome, turn }: Ended, recorder: Recorder): OutcomeRecord {
  const { message, startedAtMs } = run;
  const { worker, nowMs } = recorder;
  const isOwn = id === message.id;
  const record: OutcomeRecord = {
    id,
    turn: turn ?? (isOwn ? message.turn : 0),
    by: isCancelled(outcome) ? null : message.nonce,
    task,
    args: isOwn ? message.args : null,
    kwargs: isOwn ? message.kwargs : null,
    flow: message.flow,
    parent: isOwn ? message.parent : message.id,
    queue: isOwn ? queueOf(run) : null,
    worker,
    retries: isOwn ? message.retries : 0,
    startedAtMs: isOwn ? (startedAtMs ?? null) : null,
    outcome,
    doneAtMs: nowMs,
    expiresAtMs: nowMs + lifeOf(run, recorder),
  };
  return isOwn && message.compensation === "step" ? { ...record, holder: holderOf(run) } : record;
}

/** Who runs a step that may have to be undone: this publication, as it was delivered (rule 40). */
export function holderOf({ message, delivery }: Pick<Run, "message" | "delivery">): Holder {
  return { by: message.nonce ?? message.id, rank: delivery.rank };
}

/** n.b. What may have to be undone is kept for whoever undoes it. */
function lifeOf({ message }: Run, { retention }: Recorder): number {
  const { next, compensation } = message;
  return next.join === null && compensation === undefined
    ? retention.resultExpiresMs
    : retention.memberExpiresMs;
}
