import { hostname } from "node:os";
import type { AnyStep, AsyncResult, Backend, Broker, Flow, Node, PlacedNode, Sender } from "@umbel/core";
import { AppClosed, InvalidOption, Step, Task, argumentsToJson, signatureToFlow } from "@umbel/core";
import type { PageSizes } from "@umbel/canvas";
import { place } from "@umbel/canvas";
import { publishFlow } from "./apply.ts";
import { publishCancel } from "./cancel.ts";
import { APP } from "./brand.ts";
import { checkUrls, schemeOf } from "./connect.ts";
import type { Connected } from "./connected.ts";
import { connectedBy } from "./connected.ts";
import type { Environment } from "./environment.ts";
import { systemEnvironment } from "./environment.ts";
import { ALL_QUEUES } from "./memory/consumer.ts";
import type {
  Acceptable,
  AcceptableBeside,
  CheckedTaskOptions,
  HandlerFor,
  OutOf,
  ParamsOf,
  TaskHandler,
} from "./handler.ts";
import type { AnyHandler } from "./registry.ts";
import { StoredFlowHandle } from "./flow.ts";
import { Registry } from "./registry.ts";
import type { ResultSources } from "./result.ts";
import { resultOf } from "./result.ts";
import { checkedPolicy } from "./retry-policy.ts";
import type { ArgumentSchemas, Schema } from "./schema.ts";
import { retentionOf } from "./retention.ts";
import type { WorkerOptions } from "./worker.ts";
import { Worker } from "./worker.ts";

export interface UmbelOptions {
  /** `amqp://…`, `amqps://…`, or `memory://` (the default, also for undefined and ""); or a broker of one's own. */
  readonly broker?: string | Broker | undefined;
  /** `mongodb://…`, or `memory://` (the default, also for undefined and ""); or stores of one's own. */
  readonly backend?: string | Backend | undefined;
  /** The queue of tasks that name none. Default `celery`. */
  readonly queue?: string;
  /** Handlers that run at once in the app's own worker, which a memory:// broker has. An integer from 1; default 8. */
  readonly concurrency?: number;
  /** Milliseconds that an outcome is kept. Default one day; with a memory:// backend ten minutes. */
  readonly resultExpiresMs?: number;
  /**
   * Milliseconds that the outcome of a group's member is kept for its join: the longest time between the end of a
   * group's first member and that of its last. Default `resultExpiresMs` and seven days; in memory and one hour.
   */
  readonly memberExpiresMs?: number;
  /** Milliseconds that the plan of a large flow is kept: the longest time that such a flow takes. Default 30 days. */
  readonly planExpiresMs?: number;
  /**
   * Milliseconds that a flow is kept as it was sent, for `app.flow(id)`: the longest time that a flow takes, and then
   * that one asks for it. Default `memberExpiresMs`.
   */
  readonly flowExpiresMs?: number;
  /**
   * Characters of JSON from which a flow's plan is kept in the store and travels by reference, and those of a piece that
   * is read at a time. Default 32,000 and 8,000; a memory:// broker needs none.
   */
  readonly pageSizes?: PageSizes;
  /** Time and dice; for tests. */
  readonly environment?: Environment;
}

type AnyTaskOptions = CheckedTaskOptions<boolean, ArgumentSchemas, Schema>;

/**
 * An app: its tasks, and what connects them to the world. Nothing is opened before it is needed, and nothing is
 * shared between two apps of one process.
 *
 * @example
 * const app = new Umbel("proj", { broker: process.env.UMBEL_BROKER, backend: process.env.UMBEL_BACKEND });
 * const add = app.task("add", (x: number, y: number) => x + y);
 * await add.s(2, 3).apply().get(); // => 5
 */
export class Umbel implements Sender {
  readonly name: string;
  readonly #options: UmbelOptions;
  readonly #queue: string;
  readonly #registry = new Registry();
  readonly #environment: Environment;
  readonly #publishing = new Set<Promise<void>>();
  readonly #workers = new Set<Worker>();
  #connected: Promise<Connected> | null = null;
  #sources: ResultSources | null = null;
  #closing: Promise<void> | null = null;

  /** @throws {InvalidOption} A URL that is of no kind we know, or two that do not fit. */
  constructor(name: string, options: UmbelOptions = {}) {
    const { broker, backend } = options;
    this.name = name;
    this.#options = options;
    this.#environment = options.environment ?? systemEnvironment();
    checkUrls(
      asUrl(broker, "memory://"),
      asUrl(backend, typeof broker === "object" ? "memory://" : "mongodb://"),
    );
    this.#queue = options.queue ?? "celery";
  }

  get [APP](): true {
    return true;
  }

  /** What carries its messages: `custom` is a broker of one's own. In memory only this process runs its tasks. */
  get brokerKind(): "memory" | "amqp" | "amqps" | "custom" {
    const { broker } = this.#options;
    return typeof broker === "object" ? "custom" : (schemeOf(broker) as "memory" | "amqp" | "amqps");
  }

  /**
   * Defines a task, and returns what calls it. Without a handler, or with options in its stead, it is one that runs
   * elsewhere: in another app, or on a Celery worker.
   *
   * @param handler - Runs on a worker that has imported this; sync or async. What it takes and returns has to travel:
   *   JSON, dates and bytes (`docs/values.md`). What does not is refused here, as `CannotTravel<where, what>`; a type
   *   parameter of its own counts as `unknown`. It may run twice after a crash, with the same `ctx.id`.
   * @throws {InvalidOption} There is a task of this name already, or the name is empty.
   * @example
   * const add = app.task("add", (x: number, y: number) => x + y);
   * const resize = app.task<(path: string, width: number) => Promise<string>>("images.resize", { queue: "images" });
   */
  task<Handler extends TaskHandler>(
    name: string,
    handler?: Acceptable<Handler>,
  ): Task<ParamsOf<Handler>, OutOf<Handler>>;
  /**
   * Defines a task with options: those of each call of it, `bind` for a context in front of the handler's arguments,
   * when it is tried again (`docs/retry.md`), and `input` and `output`, schemas of any library that follows Standard Schema (zod, valibot, arktype).
   *
   * Callers pass what `input` takes, the handler gets what it makes of that; the handler returns what `output` takes, and
   * the result is what it makes of that. Both are checked on the worker, in each call, before and after the handler. What
   * is not valid fails the task: at the caller the `errorCode` is `INVALID_INPUT` or `INVALID_OUTPUT`, and the message
   * names each path (`mail.send: args[0].to: Invalid email address`).
   *
   * @param handler - As above. It is not called when its arguments are not valid.
   * @throws {InvalidOption} There is a task of this name already, the name is empty, a schema is none, or an option is
   *   out of its bounds.
   * @example
   * const send = app.task("mail.send", { input: z.object({ to: z.email() }) }, ({ to }) => `sent to ${to}`);
   * const mul = app.task("mul", { input: [z.number(), z.number().default(2)], queue: "math" }, (x, y) => x * y);
   */
  task<
    Handler extends HandlerFor<Bind, Input, Output>,
    Bind extends boolean = false,
    const Input extends ArgumentSchemas | undefined = undefined,
    Output extends Schema | undefined = undefined,
  >(
    name: string,
    options: CheckedTaskOptions<Bind, Input, Output>,
    handler: AcceptableBeside<Handler, Bind, Input, Output>,
  ): Task<ParamsOf<Handler, Bind, Input>, OutOf<Handler, Output>>;
  task(name: string, ...rest: readonly unknown[]): unknown {
    if (typeof name !== "string" || name === "")
      throw new InvalidOption("a task needs a name, such as `mail.send`");
    const handler = rest.find((each) => typeof each === "function") as AnyHandler | undefined;
    const given = (rest.find((each) => typeof each === "object") ?? {}) as AnyTaskOptions;
    const { bind = false, input, output, ...options } = given;
    if (handler !== undefined)
      this.#registry.add(name, handler, { bind, input, output, retry: checkedPolicy(name, given) });
    return new Task(name, options, this);
  }

  /**
   * The step that Celery's signature object stands for, whoever wrote it: `step.toJSON()`, or a Python client. What it
   * needs and gives is not known to the compiler.
   *
   * @throws {InvalidFlow} It is no signature.
   */
  fromJSON(signature: unknown): AnyStep {
    return new Step(signatureToFlow(signature), this);
  }

  /** Sends a flow; what `step.apply()` does. */
  send<Out>(node: Node, input: readonly unknown[]): AsyncResult<Out> {
    if (this.#closing !== null)
      throw new AppClosed(`the app "${this.name}" is closed; make a new one to send flows`);
    const args = argumentsToJson(input, "apply");
    const flow = this.#environment.flowId();
    const placed = place(node, flow, this.#queue);
    const published = this.#connect().then((connected) =>
      publishFlow(flow, placed, args, connected.publishing),
    );
    this.#track(published);
    const connect = (): Promise<ResultSources> => this.#connectResults();
    const cancel = (reason: string): Promise<void> => this.#cancel(flow, placed, reason, published);
    return resultOf(placed, { flow, input: args, published, cancel, connect }) as AsyncResult<Out>;
  }

  /**
   * A flow that was sent, by this process or any other that has the same backend: its tree with states, durations, results
   * and errors, a drawing of it, its result, and what happens in it. Nothing is read here.
   *
   * @param id - That of the flow: `result.flow` where it was sent.
   * @example
   * const flow = app.flow<number>(id);
   * console.log(await flow.draw(), await flow.result().get());
   */
  flow<Out = unknown>(id: string): Flow<Out> {
    const connect = (): Promise<ResultSources> => this.#connectResults();
    const cancel = (plan: PlacedNode, reason: string): Promise<void> =>
      this.#cancel(id, plan, reason, Promise.resolve());
    return new StoredFlowHandle<Out>(id, { app: this.name, connect, cancel });
  }

  /**
   * A worker of this app's tasks, in this process; to be started.
   *
   * @throws {InvalidOption} An option is out of its bounds.
   */
  async worker(options: WorkerOptions = {}): Promise<Worker> {
    const connected = await this.#connect();
    return this.#newWorker(connected, options);
  }

  /** Stops its workers warmly, and leaves no handle open. What still waits for a result gets `AppClosed`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(): Promise<Connected> {
    if (this.#closing !== null) throw new AppClosed(`the app "${this.name}" is closed`);
    this.#connected ??= this.#openAgain();
    return this.#connected;
  }

  /** A flow is cancelled once it is there: what was not published has nothing to cancel. */
  async #cancel(flow: string, placed: PlacedNode, reason: string, published: Promise<void>): Promise<void> {
    await published;
    const connected = await this.#connect();
    const { joins } = connected.backend;
    const { memberExpiresMs: cancelExpiresMs } = retentionOf(this.#options);
    const cancelling = { ...connected.publishing, joins, cancelExpiresMs };
    await publishCancel(flow, placed, reason, cancelling);
  }

  /** What failed is not kept: the next use tries again. */
  async #openAgain(): Promise<Connected> {
    try {
      return await this.#open();
    } catch (error) {
      this.#connected = null;
      throw error;
    }
  }

  async #open(): Promise<Connected> {
    const { broker: carrier } = this.#options;
    const connected = await connectedBy(this.#options, this.name, this.#environment);
    if (typeof carrier !== "object" && schemeOf(carrier) === "memory") await this.#startOwnWorker(connected);
    return connected;
  }

  /** In memory there is no other process to run the tasks, so the app has a worker for all its queues. */
  async #startOwnWorker(connected: Connected): Promise<void> {
    const { concurrency = 8 } = this.#options;
    await this.#newWorker(connected, {
      queues: [ALL_QUEUES],
      concurrency,
      prefetch: 1000,
      name: this.name,
    }).start();
  }

  #newWorker({ broker, backend, publishing: { pageSizes } }: Connected, options: WorkerOptions): Worker {
    const { concurrency = 8, queues = [this.#queue], deadLetters = true, fusion = true } = options;
    const { name = `${hostname()}-${process.pid}` } = options;
    const prefetch = options.prefetch ?? Math.min(65_535, Math.max(32, 4 * concurrency));
    const surroundings = {
      app: this.name,
      broker,
      backend,
      registry: this.#registry,
      environment: this.#environment,
      retention: retentionOf(this.#options),
      defaultQueue: this.#queue,
      pageSizes,
      sender: this,
    };
    const worker = new Worker(surroundings, { concurrency, queues, name, prefetch, deadLetters, fusion });
    this.#workers.add(worker);
    return worker;
  }

  /** n.b. What failed is not kept. */
  async #connectResults(): Promise<ResultSources> {
    if (this.#sources !== null) return this.#sources;
    const { backend, replies } = await this.#connect();
    const { results, joins, plans, flows } = backend;
    await Promise.all([results, joins, plans, flows].map((store) => store.open()));
    this.#sources = { results, replies, backend, environment: this.#environment };
    return this.#sources;
  }

  /** A failure is told by whoever awaits it, and is no unhandled rejection by itself. */
  #track(published: Promise<void>): void {
    const end = (): void => void this.#publishing.delete(published);
    this.#publishing.add(published);
    published.then(end, end);
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#publishing);
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    const connected = await this.#connected?.catch(() => null);
    if (!connected) return;
    const { replies, broker, backend } = connected;
    await replies.close();
    await broker.close();
    const { results, joins, plans, flows } = backend;
    await Promise.all([results, joins, plans, flows].map((each) => each.close()));
  }
}

/** The URL to check; for a broker or a store of one's own, one that passes. */
function asUrl(option: string | object | undefined, own: string): string | undefined {
  return typeof option === "object" ? own : option;
}
