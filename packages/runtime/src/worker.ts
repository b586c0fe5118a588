import { setMaxListeners } from "node:events";
import type { Backend, Broker, Consumer, Delivery, Sender } from "@umbel/core";
import { DEAD_LETTERS, InvalidOption } from "@umbel/core";
import type { PageSizes } from "@umbel/canvas";
import { Admission } from "./admission.ts";
import { Attempt } from "./attempt.ts";
import { Cancels } from "./cancels.ts";
import { Commit } from "./commit.ts";
import type { Environment } from "./environment.ts";
import { after } from "./eventually.ts";
import { emit } from "./events.ts";
import { Execution } from "./execution.ts";
import type { FusionLimits, FusionOptions } from "./fusion.ts";
import { Fusion } from "./fusion.ts";
import type { WorkerState } from "./lifecycle.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Limiter } from "./limiter.ts";
import { PlanPages } from "./plan-pages.ts";
import type { Registry } from "./registry.ts";
import type { AppRetention } from "./retention.ts";
import { Replying } from "./replying.ts";
import { Settlement } from "./settlement.ts";
import { Telling } from "./telling.ts";

export interface WorkerOptions {
  /** Queues to consume from; default the app's default queue. */
  readonly queues?: readonly string[];
  /** Handlers that run at once: an integer from 1. Default 8. */
  readonly concurrency?: number;
  /** Deliveries held at once: an integer from 1 to 65,535. Default 4 × concurrency, at least 32. */
  readonly prefetch?: number;
  /** What it is called in results and logs. Default `<host>-<pid>`. */
  readonly name?: string;
  /**
   * Whether it fails what the broker gives up, so that nobody waits for it (`docs/dead-letters.md`): a text is the name of
   * the exchange and queue where the broker puts that. Default `umbel.dead-letter`.
   */
  readonly deadLetters?: boolean | string;
  /**
   * Whether it runs the next step of a chain itself, without a message in between, where that is on a queue that it serves,
   * of the same priority, and nothing else stands in the way; and for how long. Default true.
   */
  readonly fusion?: boolean | FusionLimits;
}

/** What a worker needs of its app. */
export interface WorkerSurroundings {
  readonly app: string;
  readonly broker: Broker;
  readonly backend: Backend;
  readonly registry: Registry;
  readonly environment: Environment;
  readonly retention: AppRetention;
  readonly defaultQueue: string;
  readonly pageSizes: PageSizes;
  /** The app itself, which the steps of its handlers belong to. */
  readonly sender: Sender;
}

/**
 * Consumes messages and runs their tasks, so many at once.
 *
 * Duties: 1. bounds what runs; 2. takes each delivery through {@link Execution}; 3. stops warmly: what runs is
 * finished and acknowledged, and the rest goes back into its queue.
 */
export class Worker {
  readonly name: string;
  readonly #queues: readonly string[];
  readonly #prefetch: number;
  readonly #surroundings: WorkerSurroundings;
  readonly #commit: Commit;
  readonly #execution: Execution;
  readonly #cancels = new Cancels();
  readonly #lifecycle = new Lifecycle();
  readonly #draining = new AbortController();
  readonly #givingUp = new AbortController();
  #inHand = 0;
  #onEmptyHanded: () => void = () => {};
  readonly #deadLetters: string | null;
  readonly #consumers: Consumer[] = [];
  #endSignals: () => Promise<void> = () => Promise.resolve();
  #stopping: Promise<void> | null = null;

  constructor(surroundings: WorkerSurroundings, options: Required<WorkerOptions>) {
    // Every delivery that waits for its time listens to these.
    setMaxListeners(0, this.#draining.signal, this.#givingUp.signal);
    const { concurrency, prefetch, queues, name, deadLetters, fusion } = options;
    this.name = name;
    this.#queues = queues;
    this.#prefetch = wholeNumber("prefetch", prefetch, 65_535);
    this.#deadLetters = nameOf(deadLetters, queues);
    this.#surroundings = surroundings;
    this.#commit = this.#newCommit();
    const limiter = new Limiter(wholeNumber("concurrency", concurrency, 1_000_000));
    const isBusy = (): boolean => limiter.waiting > 0;
    this.#execution = this.#newExecution(limiter, fusion === false ? null : { ...limitsOf(fusion), isBusy });
    if (queues.length === 0) throw new InvalidOption("a worker needs at least one queue to consume from");
  }

  get state(): WorkerState {
    return this.#lifecycle.state;
  }

  /** Deliveries that it has and that have not ended; once it is stopped, those that its time limit cut off. */
  get inHand(): number {
    return this.#inHand;
  }

  /**
   * Connects and consumes; resolves when it does.
   *
   * @throws {BrokerUnavailable} The broker cannot be reached.
   * @throws {StoreUnavailable} The store cannot be reached.
   */
  async start(): Promise<void> {
    const { broker, backend, app } = this.#surroundings;
    this.#lifecycle.become("starting");
    try {
      await Promise.all([broker.open(), backend.results.open(), backend.joins.open(), backend.plans.open()]);
      await this.#listen();
      await this.#consume();
    } catch (error) {
      await this.#endSignals();
      await Promise.all(this.#consumers.map((consumer) => consumer.close()));
      this.#lifecycle.become("stopped");
      throw error;
    }
    this.#lifecycle.become("running");
    emit({ type: "worker.started", app, worker: this.name, queues: this.#queues });
  }

  /**
   * Stops warmly: no new deliveries; what runs is finished, stored and acknowledged; the rest goes back.
   *
   * @param timeoutMs - Milliseconds after which what still runs is left, to be delivered again. Default: no limit.
   */
  stop({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (timeoutMs !== undefined) void this.#giveUpAfter(timeoutMs);
    this.#stopping ??= this.#drain();
    return this.#stopping;
  }

  async #drain(): Promise<void> {
    const { app } = this.#surroundings;
    if (this.state !== "running")
      return this.#lifecycle.state === "new" ? this.#lifecycle.become("stopped") : undefined;
    this.#lifecycle.become("draining");
    emit({ type: "worker.draining", app, worker: this.name, running: this.#inHand });
    await Promise.all(this.#consumers.map((consumer) => consumer.cancel()));
    this.#draining.abort();
    await Promise.race([this.#emptyHanded(), aborted(this.#givingUp.signal)]);
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    await this.#endSignals();
    this.#lifecycle.become("stopped");
    emit({ type: "worker.stopped", app, worker: this.name });
  }

  #emptyHanded(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#inHand === 0) resolve();
      else this.#onEmptyHanded = resolve;
    });
  }

  async #giveUpAfter(timeoutMs: number): Promise<void> {
    const { environment } = this.#surroundings;
    const stopped = new AbortController();
    const wait = environment.sleep(timeoutMs, stopped.signal).then(() => this.#givingUp.abort());
    await this.stop();
    stopped.abort();
    await wait;
  }

  /** Hears what is cancelled from here on, and then what was before. */
  async #listen(): Promise<void> {
    const { broker, backend } = this.#surroundings;
    this.#endSignals = await broker.onSignal({
      onSignal: (cancels) => this.#cancels.hear(cancels),
      onReconnected: () => void this.#cancels.learn(() => this.#commit.cancels()).catch(() => {}), // it gives up
    });
    await this.#cancels.learn(() => backend.joins.cancels());
  }

  /** n.b. Dead letters first: what dies while there is nowhere to put it is gone, also the first message that we take. */
  async #consume(): Promise<void> {
    const { broker } = this.#surroundings;
    const onDelivery = (delivery: Delivery): void => this.#take(delivery);
    const [queues, prefetch, name] = [this.#queues, this.#prefetch, this.#deadLetters];
    const dead = name && (await broker.consumeDeadLetters?.({ name, prefetch: DEAD_PREFETCH, onDelivery }));
    if (dead) this.#consumers.push(dead);
    this.#consumers.push(await broker.consume({ queues, prefetch, onDelivery }));
  }

  #take(delivery: Delivery): void {
    this.#inHand += 1;
    void after(this.#execution.handle(delivery), this.#letGo);
  }

  readonly #letGo = (): void => {
    this.#inHand -= 1;
    if (this.#inHand === 0) this.#onEmptyHanded();
  };

  #newCommit(): Commit {
    const { app, backend, environment } = this.#surroundings;
    return new Commit(backend, environment, this.#givingUp.signal, ({ message: error }, retryInMs) =>
      emit({ type: "store.unavailable", app, worker: this.name, error, retryInMs }),
    );
  }

  #newExecution(limiter: Limiter, fusing: Fusing | null): Execution {
    const { broker, registry, environment, retention, defaultQueue, pageSizes, app, sender } =
      this.#surroundings;
    const [worker, commit, cancels] = [this.name, this.#commit, this.#cancels];
    const telling = new Telling({ app, worker });
    const replying = new Replying(broker);
    const pages = new PlanPages({
      ...{ commit, environment, pageSizes },
      planExpiresMs: retention.planExpiresMs,
    });
    const settlement = new Settlement({
      broker: {
        reply: (address, records) => replying.reply(address, records),
        broadcast: (cancelled) => broker.broadcast(cancelled),
      },
      ...{ commit, environment, retention, defaultQueue, worker, pages },
    });
    const signal = this.#givingUp.signal;
    const attempt = new Attempt({
      ...{ registry, commit, environment, telling, cancels, pages, signal, defaultQueue },
      additions: { sender, queue: defaultQueue },
    });
    const draining = this.#draining.signal;
    const startExpiresMs = retention.memberExpiresMs;
    const admission = new Admission({ commit, telling, environment, worker, startExpiresMs });
    const fusion =
      fusing &&
      new Fusion({
        ...{ ...fusing, attempt, commit, registry, environment, defaultQueue, draining, pages },
        queues: this.#queues,
        recorder: () => settlement.recorder(),
      });
    return new Execution({
      ...{ admission, settlement, attempt, telling, environment, limiter, cancels, draining, fusion },
    });
  }
}

/** What fusion is told of the worker. */
type Fusing = Required<FusionLimits> & Pick<FusionOptions, "isBusy">;

/** @throws {InvalidOption} One of them is no number from 0. */
function limitsOf(fusion: true | FusionLimits): Required<FusionLimits> {
  const { gatherMs = 5, holdMs = 30_000, busyMs = 50 } = fusion === true ? {} : fusion;
  const limits = { gatherMs, holdMs, busyMs };
  for (const [name, value] of Object.entries(limits))
    if (!(value >= 0))
      throw new InvalidOption(`fusion.${name} is ${value}; it has to be milliseconds from 0`);
  return limits;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Dead letters held at once: no handler runs for them. */
const DEAD_PREFETCH = 32;

/** Where dead letters are; null for nowhere. */
function nameOf(deadLetters: boolean | string, queues: readonly string[]): string | null {
  if (deadLetters === "") throw new InvalidOption("deadLetters is empty; it has to be true, false or a name");
  const name = deadLetters === true ? DEAD_LETTERS : deadLetters;
  if (name === false) return null;
  if (!queues.includes(name)) return name;
  throw new InvalidOption(
    `the queue "${name}" is of dead letters and of tasks; all that comes would fail: give each a name of its own`,
  );
}

function wholeNumber(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InvalidOption(`${name} is ${value}; it has to be an integer from 1 to ${most}`);
}
