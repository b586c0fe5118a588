import type { AnyStep, AsyncResult, Backend, OutcomeRecord, StoredJoin } from "@umbel/core";
import type { FusionLimits, TaskContext, WorkerOptions } from "@umbel/runtime";
import { Umbel } from "@umbel/runtime";
import type { Environment, Fault, Turn } from "@umbel/runtime/testing";
import {
  MemoryFlows,
  MemoryJoins,
  MemoryPlans,
  MemoryResults,
  MemoryServer,
  ScheduledBroker,
  Scheduler,
  scheduledBackend,
} from "@umbel/runtime/testing";
import type { MemoryBroker } from "@umbel/runtime/testing";
import type { Note } from "./flow-tasks.ts";
import { Hearing } from "./hearing.ts";
import { HANDLER } from "./plan.ts";
import type { Tasks } from "./simulated-tasks.ts";
import { simulatedTasks } from "./simulated-tasks.ts";
import type { UndoRun } from "./undo-tasks.ts";

export type { Tasks } from "./simulated-tasks.ts";

export interface SimulationOptions {
  /** An integer; default 1. */
  readonly seed?: number;
  /** Whether an arrival brings along the join that it completes, which is read else. Default: where the seed is odd. */
  readonly isJoinAtHand?: boolean;
  readonly fault?: ((turn: Turn) => Fault | undefined) | undefined;
  /** How often a message may come back before the broker gives it up; default always. */
  readonly deliveryLimit?: number | undefined;
  /** See `UmbelOptions`. */
  readonly pageSizes?: { readonly whole: number; readonly page: number } | undefined;
  /** So many workers, the first ones, hear no signals; default none. */
  readonly deaf?: number | undefined;
  /** See `WorkerOptions`. Default false: every step has its message. */
  readonly fusion?: WorkerOptions["fusion"];
}

/** A handler that began. */
export interface BegunHandler {
  /** In words: `fold 12`. */
  readonly what: string;
  /** Its task's. */
  readonly id: string;
  /** Milliseconds of simulated time. */
  readonly atMs: number;
}

/**
 * A world in one process: a client and workers that share a broker and stores, where a seed says who goes next and a
 * test says what goes wrong. A worker that dies is followed by another.
 */
export class Simulation {
  readonly scheduler: Scheduler;
  readonly server: MemoryServer;
  readonly stores: Backend;
  readonly client: Umbel;
  readonly tasks: Tasks;
  /** Ids of tasks, once for each time their handler began. */
  readonly runs: string[] = [];
  /** What links noted, once for each time. */
  readonly notes: Note[] = [];
  /** Runs of undos that did something, in their order. */
  readonly undone: UndoRun[] = [];
  /** Handlers of drawn flows, once for each time that they began. */
  readonly begun: BegunHandler[] = [];
  readonly hearing = new Hearing();
  /** The same as {@link runs}, each with the attempts before it: `F1 2`. */
  readonly attempts: string[] = [];
  /** Labels of all turns taken, for a failing test to show. */
  readonly history: string[] = [];
  /** Ids of all joins that somebody asked to register. */
  readonly registered = new Set<string>();
  /** Called with the task of each message that is acknowledged. */
  onAcknowledged: (task: string | null) => void = () => {};
  readonly pageSizes: SimulationOptions["pageSizes"];
  readonly #fusion: boolean | FusionLimits;
  readonly #brokers = new Map<string, MemoryBroker>();
  readonly #deaf: number;
  readonly #isJoinAtHand: boolean;
  #canceller: Umbel | undefined;
  /** How often each attempt of a fickle task ran. */
  readonly #tosses = new Map<string, number>();
  #actors = 0;
  #rolls = 0;

  constructor({
    seed = 1,
    isJoinAtHand = seed % 2 !== 0,
    fault,
    deliveryLimit,
    pageSizes,
    deaf = 0,
    fusion = false,
  }: SimulationOptions = {}) {
    this.#fusion = fusion;
    this.pageSizes = pageSizes;
    this.#deaf = deaf;
    this.#isJoinAtHand = isJoinAtHand;
    this.scheduler = new Scheduler(seed);
    const defer = (call: () => void): void => this.scheduler.defer(call);
    this.server = new MemoryServer({ defer, ...(deliveryLimit !== undefined && { deliveryLimit }) });
    const now = (): number => this.scheduler.now();
    this.stores = {
      results: new MemoryResults({ now }),
      joins: new MemoryJoins({ now }),
      plans: new MemoryPlans({ now }),
      flows: new MemoryFlows({ now }),
    };
    this.scheduler.onFault = (kind, actor) => this.#strike(kind, actor);
    this.scheduler.fault = (turn) => {
      const struck = fault?.(turn);
      if (turn.label.startsWith("register ")) this.registered.add(turn.label.slice(9));
      this.history.push(`${turn.actor} ${turn.phase} ${turn.label}${struck ? ` !${struck}` : ""}`);
      return struck;
    };
    this.server.onAcknowledged = ({ task }) => this.onAcknowledged(task);
    this.client = this.#app("client");
    this.tasks = this.#define(this.client);
  }

  /** Starts workers; each serves the queue `celery`. */
  async startWorkers(count: number, options: WorkerOptions = {}): Promise<void> {
    for (let i = 0; i < count; i += 1) await this.#startWorker(`worker${(this.#actors += 1)}`, options);
  }

  /** Runs a flow to its end and gives its result, or the error of its `get()`. */
  outcome<Out>(result: AsyncResult<Out>): Promise<Out | Error> {
    return this.scheduler.run(result.get().catch((error: Error) => error));
  }

  /** Runs a flow on workers, with everything that is left to do after it. */
  async flow(step: AnyStep, workers = 2): Promise<unknown> {
    await this.startWorkers(workers);
    const outcome = await this.outcome(step.apply() as AsyncResult<unknown>);
    await this.scheduler.drain();
    return outcome;
  }

  /** How often the handler of a task ran. */
  runsOf(id: string): number {
    return this.runs.filter((each) => each === id).length;
  }

  /** Lets everything happen that can, also what waits for its next attempt. */
  async rest(): Promise<void> {
    await this.scheduler.run(this.scheduler.sleep(LONGER_THAN_ALL_ATTEMPTS_MS));
    await this.scheduler.drain();
  }

  async stored(id: string): Promise<OutcomeRecord | null> {
    return (await this.stores.results.find([id])).get(id)?.record ?? null;
  }

  join(id: string): Promise<StoredJoin | null> {
    return this.stores.joins.read(id);
  }

  /** Ends all workers, so that what they have not acknowledged is in its queue again. */
  endWorkers(): void {
    for (const [actor, broker] of this.#brokers) if (actor.startsWith("worker")) this.server.kill(broker);
  }

  /** Another process that sends nothing itself. */
  get canceller(): Umbel {
    return (this.#canceller ??= this.#app("canceller"));
  }

  /** An actor's own view of the broker, to publish or to cut. */
  brokerOf(actor: string): MemoryBroker {
    const broker = this.#brokers.get(actor);
    if (broker === undefined) throw new Error(`there is no actor ${actor}`);
    return broker;
  }

  environment(actor: string): Environment {
    const { scheduler } = this;
    let [flows, nonces] = [0, 0];
    return {
      now: () => scheduler.now(),
      sleep: (ms, signal) => scheduler.sleep(ms, signal),
      doze: (ms, signal) => scheduler.sleep(ms, signal),
      turn: () => new Promise((resolve) => scheduler.defer(resolve)),
      random: () => scheduler.random(),
      flowId: () => `F${(flows += 1)}`,
      nonce: () => `${actor}-${(nonces += 1)}`,
    };
  }

  async #startWorker(actor: string, options: WorkerOptions = {}): Promise<void> {
    const app = this.#app(actor);
    this.#define(app);
    await (await app.worker({ name: actor, concurrency: 4, fusion: this.#fusion, ...options })).start();
  }

  #app(actor: string): Umbel {
    const memory = this.server.connect();
    this.#brokers.set(actor, memory);
    const scheduled = new ScheduledBroker(memory, this.scheduler, actor);
    const broker = this.#isDeaf(actor)
      ? this.hearing.deaf(scheduled)
      : this.hearing.listening(scheduled, actor);
    const backend = scheduledBackend(this.stores, this.scheduler, actor, this.#isJoinAtHand);
    const { pageSizes } = this;
    return new Umbel(actor, {
      broker,
      backend,
      environment: this.environment(actor),
      ...(pageSizes && { pageSizes }),
    });
  }

  #isDeaf(actor: string): boolean {
    return actor.startsWith("worker") && Number(actor.slice("worker".length)) <= this.#deaf;
  }

  /** n.b. It takes a turn: a handler may be running when its worker is cut off, or its flow cancelled. */
  async #began(actor: string, { id, retries }: TaskContext, what: string): Promise<void> {
    if (!this.scheduler.isDead(actor)) {
      this.runs.push(id);
      this.begun.push({ what, id, atMs: this.scheduler.now() });
      this.hearing.began(actor, id, retries);
    }
    await this.scheduler.perform(actor, `${HANDLER}${id}`, async () => {});
  }

  /** Every second run of an attempt goes the other way. */
  #tossed({ id, retries }: TaskContext): boolean {
    const attempt = `${id} ${retries}`;
    const before = this.#tosses.get(attempt) ?? 0;
    this.#tosses.set(attempt, before + 1);
    return before % 2 === 1;
  }

  #define(app: Umbel): Tasks {
    const isDead = (): boolean => this.scheduler.isDead(app.name);
    return simulatedTasks(app, {
      began: (context) => this.#note(context, app),
      beganDrawn: (context, what) => this.#began(app.name, context, what),
      noted: (note) => isDead() || this.notes.push(note),
      undid: (run) => isDead() || this.undone.push(run),
      tossed: (context) => this.#tossed(context),
      roll: () => (this.#rolls += 1),
    });
  }

  /** n.b. The code of an actor that died goes on in this process: what it does is not done. */
  #note({ id, retries }: TaskContext, { name }: Umbel): void {
    if (this.scheduler.isDead(name)) return;
    this.runs.push(id);
    this.attempts.push(`${id} ${retries}`);
  }

  #strike(kind: "crash" | "cut", actor: string): void {
    const broker = this.#brokers.get(actor);
    if (broker === undefined) return;
    if (kind === "cut") return this.server.cut(broker);
    this.server.kill(broker);
    if (actor.startsWith("worker")) void this.#startWorker(`worker${(this.#actors += 1)}`);
  }
}

const LONGER_THAN_ALL_ATTEMPTS_MS = 60_000;
