import type { Delivery, Message, Outcome, TurnEnd } from "@umbel/core";
import {
  FAILURE_TASK,
  InvalidOption,
  TaskNotFound,
  cancelFailure,
  engineFailure,
  failed,
  reportOf,
  success,
  toFailure,
} from "@umbel/core";
import type { AdditionsOptions } from "./additions.ts";
import { Additions } from "./additions.ts";
import type { Cancels, Watch } from "./cancels.ts";
import type { Commit } from "./commit.ts";
import { contextOf } from "./context.ts";
import { endOfAttempt } from "./end-of-attempt.ts";
import type { Environment } from "./environment.ts";
import type { Registry, Runner } from "./registry.ts";
import type { Run } from "./run.ts";
import { queueOf } from "./run.ts";
import type { Telling } from "./telling.ts";

export interface AttemptOptions {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly environment: Environment;
  readonly telling: Telling;
  /** What is known to be cancelled. */
  readonly cancels: Cancels;
  /** What is added to groups: by the app's steps, and where they go. */
  readonly additions: AdditionsOptions;
  /** Aborted when the worker gives up waiting for what runs. */
  readonly signal: AbortSignal;
  /** Where steps go that name no queue. */
  readonly defaultQueue: string;
}

/** One attempt of a task: its handler runs, or it ends without that. */
export class Attempt {
  readonly #options: AttemptOptions;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** How the attempt ended; a handler runs only where nothing forbids it. */
  async make(run: Run): Promise<TurnEnd> {
    const { delivery, message } = run;
    const { task, id, expiresMs } = message;
    const { cancels, registry, environment } = this.#options;
    if (cancels.reading !== null) await cancels.reading;
    const cancelled = run.isBegunBefore ? null : this.cancelledOutcome(message);
    if (cancelled !== null) return cancelled;
    const runner = task === FAILURE_TASK ? this.#report : registry.find(task);
    if (runner === undefined) return this.#unknown(delivery, message);
    const lateMs = expiresMs === null ? 0 : environment.now() - expiresMs;
    if (lateMs > 0 && !run.isBegunBefore)
      return failed(engineFailure("EXPIRED", `it expired ${lateMs} ms before a worker took it`, task, id));
    return this.#runHandler(runner, run);
  }

  /** Null where nobody is known to have cancelled it. */
  cancelledOutcome(message: Message): Outcome | null {
    const { id, task } = message;
    const reason = this.#options.cancels.reasonFor(message);
    if (reason === null) return null;
    this.#options.telling.cancelled(message, reason);
    return failed(cancelFailure(reason, task, id));
  }

  /** What is known of the failure of a task, by its id: what error handlers begin with. */
  readonly #report: Runner = async ([id]) => {
    const outcome = typeof id === "string" ? await this.#outcomeOf(id) : undefined;
    if (outcome?.state === "FAILURE") return reportOf(outcome.failure);
    throw new InvalidOption(`task ${JSON.stringify(id)} has no failure to tell of; did its outcome expire?`);
  };

  async #outcomeOf(id: string): Promise<Outcome | undefined> {
    return (await this.#options.commit.find([id])).get(id)?.record?.outcome;
  }

  async #runHandler(runner: Runner, run: Run): Promise<TurnEnd> {
    const watch = this.#options.cancels.watch(run.message);
    try {
      return await this.#runWatched(runner, run, watch);
    } finally {
      watch.end();
    }
  }

  /**
   * n.b. Of what is cancelled meanwhile neither what it returns nor what it throws counts; but what may have to be undone
   * has to be known to have succeeded (rule 39).
   */
  async #runWatched(runner: Runner, run: Run, watch: Watch): Promise<TurnEnd> {
    const { message } = run;
    const { environment, telling } = this.#options;
    const startedMs = environment.now();
    run.startedAtMs = startedMs;
    telling.started(message, startedMs);
    const { end, nowMs } = await this.#endOf(runner, run, watch);
    const cancelled = this.cancelledOutcome(message);
    const isToUndo = message.compensation === "step" && end.state === "SUCCESS";
    if (cancelled !== null && !isToUndo) return cancelled;
    telling.ended(end, message, startedMs, nowMs);
    return end;
  }

  /** How a handler ended, and when: milliseconds since the epoch. */
  async #endOf(
    runner: Runner,
    run: Run,
    watch: Watch,
  ): Promise<{ readonly end: TurnEnd; readonly nowMs: number }> {
    const { environment, signal, defaultQueue } = this.#options;
    const { message } = run;
    const additions = new Additions(message, this.#options.additions);
    try {
      const context = contextOf(message, watch, signal, additions);
      const given = runner(message.args, message.kwargs, context);
      const value = given instanceof Promise ? await given : given;
      return { end: success(value, additions.end()), nowMs: environment.now() };
    } catch (error) {
      const [nowMs, random] = [environment.now(), environment.random()];
      const circumstances = { queue: queueOf(run), defaultQueue, nowMs, random };
      return { end: endOfAttempt(additions.endedBy(error), message, circumstances), nowMs };
    } finally {
      additions.end();
    }
  }

  /** Dead-lettered for people to look at, *and* failed, so that nobody waits for it. */
  async #unknown(delivery: Delivery, message: Message): Promise<Outcome> {
    const error = new TaskNotFound(message.task, this.#options.registry.names());
    await delivery.deadLetter(error.message);
    this.#options.telling.refused(message.id, message.task, error.message);
    return failed({ ...toFailure(error, message.task, message.id), stack: null });
  }
}
