import type { Delivery, Json, Message, Outcome, TurnEnd } from "@umbel/core";
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
import type { TaskContext } from "./context.ts";
import { contextOf } from "./context.ts";
import { endOfAttempt } from "./end-of-attempt.ts";
import type { Environment } from "./environment.ts";
import type { Eventually } from "./eventually.ts";
import type { PlanPages } from "./plan-pages.ts";
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
  readonly pages: Pick<PlanPages, "prefetch">;
  /** What is added to groups: by the app's steps, and where they go. */
  readonly additions: AdditionsOptions;
  /** Aborted when the worker gives up waiting for what runs. */
  readonly signal: AbortSignal;
  /** Where steps go that name no queue. */
  readonly defaultQueue: string;
}

/** What a bound handler has while it runs. */
interface Handling {
  readonly context: TaskContext;
  readonly watch: Watch;
  readonly additions: Additions;
}

/** One attempt of a task: its handler runs, or it ends without that. */
export class Attempt {
  readonly #options: AttemptOptions;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** How the attempt ended; a handler runs only where nothing forbids it. */
  make(run: Run): Eventually<TurnEnd> {
    const { reading } = this.#options.cancels;
    return reading === null ? this.#makeNow(run) : reading.then(() => this.#makeNow(run));
  }

  #makeNow(run: Run): Eventually<TurnEnd> {
    const { delivery, message } = run;
    const { task, id, expiresMs } = message;
    const cancelled = run.isBegunBefore ? null : this.cancelledOutcome(message);
    if (cancelled !== null) return cancelled;
    const runner = task === FAILURE_TASK ? this.#report : this.#options.registry.find(task);
    if (runner === undefined) return this.#unknown(delivery, message);
    const lateMs = expiresMs === null ? 0 : this.#options.environment.now() - expiresMs;
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
  readonly #report: Runner = {
    isBound: false,
    run: async ([id]) => {
      const outcome = typeof id === "string" ? await this.#outcomeOf(id) : undefined;
      if (outcome?.state === "FAILURE") return reportOf(outcome.failure);
      throw new InvalidOption(
        `task ${JSON.stringify(id)} has no failure to tell of; did its outcome expire?`,
      );
    },
  };

  async #outcomeOf(id: string): Promise<Outcome | undefined> {
    return (await this.#options.commit.find([id])).get(id)?.record?.outcome;
  }

  #runHandler(runner: Runner, run: Run): Eventually<TurnEnd> {
    const { message } = run;
    const { environment, telling } = this.#options;
    this.#options.pages.prefetch(message);
    run.startedAtMs = environment.now();
    telling.started(message, run.startedAtMs);
    const handling = runner.isBound ? this.#handling(message) : null;
    try {
      const given = runner.run(message.args, message.kwargs, handling?.context ?? null);
      if (given instanceof Promise) return this.#awaited(given, run, handling);
      return this.#returned(given, run, handling);
    } catch (error) {
      return this.#thrown(error, run, handling);
    }
  }

  /** What a handler has that asked for its context; few do. */
  #handling(message: Message): Handling {
    const { cancels, signal, additions: options } = this.#options;
    const additions = new Additions(message, options);
    const watch = cancels.watch(message);
    return { context: contextOf(message, watch, signal, additions), watch, additions };
  }

  async #awaited(given: Promise<Json>, run: Run, handling: Handling | null): Promise<TurnEnd> {
    try {
      return this.#returned(await given, run, handling);
    } catch (error) {
      return this.#thrown(error, run, handling);
    }
  }

  #returned(value: Json, run: Run, handling: Handling | null): TurnEnd {
    const end = handling === null ? success(value) : success(value, handling.additions.end());
    return this.#ended(end, run, handling, this.#options.environment.now());
  }

  #thrown(error: unknown, run: Run, handling: Handling | null): TurnEnd {
    const { environment, defaultQueue } = this.#options;
    const [nowMs, random] = [environment.now(), environment.random()];
    const circumstances = { queue: queueOf(run), defaultQueue, nowMs, random };
    const thrown = handling === null ? error : handling.additions.endedBy(error);
    return this.#ended(endOfAttempt(thrown, run.message, circumstances), run, handling, nowMs);
  }

  /**
   * n.b. Of what is cancelled meanwhile neither what it returns nor what it throws counts; but what may have to be undone
   * has to be known to have succeeded (rule 39).
   */
  #ended(end: TurnEnd, { message, startedAtMs = 0 }: Run, handling: Handling | null, nowMs: number): TurnEnd {
    handling?.additions.end();
    handling?.watch.end();
    const cancelled = this.cancelledOutcome(message);
    const isToUndo = message.compensation === "step" && end.state === "SUCCESS";
    if (cancelled !== null && !isToUndo) return cancelled;
    this.#options.telling.ended(end, message, startedAtMs, nowMs);
    return end;
  }

  /** Dead-lettered for people to look at, *and* failed, so that nobody waits for it. */
  async #unknown(delivery: Delivery, message: Message): Promise<Outcome> {
    const error = new TaskNotFound(message.task, this.#options.registry.names());
    await delivery.deadLetter(error.message);
    this.#options.telling.refused(message.id, message.task, error.message);
    return failed({ ...toFailure(error, message.task, message.id), stack: null });
  }
}
