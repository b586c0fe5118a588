import { chord } from "@umbel/canvas";
import type { AnyStep, AsyncResult, Backend, OutcomeRecord, StoredJoin, Task } from "@umbel/core";
import type { TaskContext, WorkerOptions } from "@umbel/runtime";
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
import type { AddingTasks } from "./added.ts";
import { addingTasks } from "./added.ts";
import type { FlowTasks, Note } from "./flow-tasks.ts";
import { flowTasks } from "./flow-tasks.ts";
import type { UndoRun, UndoTasks } from "./undo-tasks.ts";
import { undoTasks } from "./undo-tasks.ts";
import { Hearing } from "./hearing.ts";
import { HANDLER } from "./plan.ts";
import type { Swap } from "./swaps.ts";
import { SWAPS } from "./swaps.ts";

/** The tasks that every simulated worker has, and every simulated client calls. */
export interface Tasks extends FlowTasks, AddingTasks, UndoTasks {
  readonly add: Task<[x: number, y: number], number>;
  readonly inc: Task<[x: number], number>;
  readonly sum: Task<[xs: readonly number[]], number>;
  readonly list: Task<[xs: readonly unknown[]], string>;
  readonly boom: Task<[x: number], number>;
  /** Gives what it gets. */
  readonly same: Task<[value: unknown], unknown>;
  /** A list that is longer each time it runs. */
  readonly rolled: Task<[], readonly number[]>;
  /** Gives what it gets. */
  readonly numbers: Task<[xs: readonly number[]], readonly number[]>;
  readonly lists: Task<[xs: readonly (readonly number[])[]], readonly (readonly number[])[]>;
  /** Fails in its first so many attempts, and then adds up all numbers in what it is given. */
  readonly flaky: Task<[given: unknown, failures: number], number>;
  /** The same, its errors retried without its asking; it is tried three times at most. */
  readonly shaky: Task<[given: unknown, failures: number], number>;
  /** Has its place taken by other steps. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what takes its place decides
  readonly swap: Task<[given: any, by: Swap], any>;
  /** The same by a chord of more members each time it runs; the sum is their number. */
  readonly grown: Task<[], number>;
  /** Gives another value each time it runs, as a handler that reads the world does. */
  readonly roll: Task<[], number>;
}

export interface SimulationOptions {
  readonly seed?: number;
  readonly fault?: ((turn: Turn) => Fault | undefined) | undefined;
  /** How often a message may come back before the broker gives it up; default always. */
  readonly deliveryLimit?: number | undefined;
  /** See `UmbelOptions`. */
  readonly pageSizes?: { readonly whole: number; readonly page: number } | undefined;
  /** So many workers, the first ones, hear no signals; default none. */
  readonly deaf?: number | undefined;
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
  /** The same as {@link runs}, each with the attempts before it: `F1 2`. */
  /** Handlers of drawn flows, once for each time that they began. */
  readonly begun: BegunHandler[] = [];
  readonly hearing = new Hearing();
  /** The same, each with the attempts before it: `F1 2`. */
  readonly attempts: string[] = [];
  /** Labels of all turns taken, for a failing test to show. */
  readonly history: string[] = [];
  /** Ids of all joins that somebody asked to register. */
  readonly registered = new Set<string>();
  /** Called with the task of each message that is acknowledged. */
  onAcknowledged: (task: string | null) => void = () => {};
  readonly pageSizes: SimulationOptions["pageSizes"];
  readonly #brokers = new Map<string, MemoryBroker>();
  readonly #deaf: number;
  #canceller: Umbel | undefined;
  /** How often each attempt of a fickle task ran. */
  readonly #tosses = new Map<string, number>();
  #actors = 0;
  #rolls = 0;

  constructor({ seed = 1, fault, deliveryLimit, pageSizes, deaf = 0 }: SimulationOptions = {}) {
    this.pageSizes = pageSizes;
    this.#deaf = deaf;
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
      random: () => scheduler.random(),
      flowId: () => `F${(flows += 1)}`,
      nonce: () => `${actor}-${(nonces += 1)}`,
    };
  }

  async #startWorker(actor: string, options: WorkerOptions = {}): Promise<void> {
    const app = this.#app(actor);
    this.#define(app);
    await (await app.worker({ name: actor, concurrency: 4, ...options })).start();
  }

  #app(actor: string): Umbel {
    const memory = this.server.connect();
    this.#brokers.set(actor, memory);
    const scheduled = new ScheduledBroker(memory, this.scheduler, actor);
    const broker = this.#isDeaf(actor)
      ? this.hearing.deaf(scheduled)
      : this.hearing.listening(scheduled, actor);
    const backend = scheduledBackend(this.stores, this.scheduler, actor);
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
    const counted =
      <Params extends readonly unknown[], Result>(handler: (...args: Params) => Result) =>
      (context: TaskContext, ...args: Params): Result => {
        this.#note(context, app);
        return handler(...args);
      };
    const bind = { bind: true } as const;
    const tasks: Tasks = {
      add: app.task(
        "add",
        bind,
        counted((x: number, y: number) => x + y),
      ),
      inc: app.task(
        "inc",
        bind,
        counted((x: number) => x + 1),
      ),
      sum: app.task(
        "sum",
        bind,
        counted((xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)),
      ),
      list: app.task(
        "list",
        bind,
        counted((xs: readonly unknown[]) => JSON.stringify(xs)),
      ),
      boom: app.task(
        "boom",
        bind,
        counted((x: number): number => {
          throw new RangeError(`boom ${x}`);
        }),
      ),
      ...addingTasks(app, {
        calls: () => tasks,
        began: (context) => this.#note(context, app),
        roll: () => (this.#rolls += 1),
      }),
      ...flowTasks(app, {
        began: (context, what) => this.#began(app.name, context, what),
        noted: (note) => this.scheduler.isDead(app.name) || this.notes.push(note),
        tossed: (context) => this.#tossed(context),
      }),
      ...undoTasks(app, {
        began: (context) => this.#note(context, app),
        undid: (run) => this.scheduler.isDead(app.name) || this.undone.push(run),
      }),
      same: app.task(
        "same",
        bind,
        counted((value: unknown) => value),
      ),
      rolled: app.task(
        "rolled",
        bind,
        counted(() => Array.from({ length: (this.#rolls += 1) }, (_, i) => i)),
      ),
      numbers: app.task(
        "numbers",
        bind,
        counted((xs: readonly number[]) => xs),
      ),
      lists: app.task(
        "lists",
        bind,
        counted((xs: readonly (readonly number[])[]) => xs),
      ),
      flaky: app.task("flaky", { ...bind, maxRetries: null }, (context, given: unknown, failures: number) => {
        this.#note(context, app);
        if (context.retries >= failures) return total(given);
        throw context.retry({ error: new RangeError(`flaky ${context.retries}`), countdownMs: 40 });
      }),
      shaky: app.task(
        "shaky",
        { ...bind, maxRetries: 2, retryDelayMs: 40, autoretryFor: [RangeError] },
        (context, given: unknown, failures: number) => {
          this.#note(context, app);
          if (context.retries >= failures) return total(given);
          throw new RangeError(`shaky ${context.retries}`);
        },
      ),
      swap: app.task("swap", bind, (context, given: unknown, by: Swap) => {
        this.#note(context, app);
        return context.replace<unknown>(SWAPS[by](tasks, total(given)));
      }),
      grown: app.task("grown", bind, (context) => {
        this.#note(context, app);
        const members = Array.from({ length: (this.#rolls += 1) }, () => tasks.add.s(0, 1));
        return context.replace(chord(members, tasks.sum.s()));
      }),
      roll: app.task(
        "roll",
        bind,
        counted(() => (this.#rolls += 1)),
      ),
    };
    return tasks;
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

/** The sum of all numbers in a value; what is no number and no list is nothing. */
function total(value: unknown): number {
  if (typeof value === "number") return value;
  return Array.isArray(value) ? value.reduce((sum: number, each: unknown) => sum + total(each), 0) : 0;
}
