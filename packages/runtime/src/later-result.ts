import type {
  AsyncResult,
  CancelOptions,
  Compensation,
  DrawFormat,
  DrawOptions,
  EventsOptions,
  Flow,
  FlowEvent,
  GetOptions,
} from "@umbel/core";
import type { FlowSources } from "./flow.ts";
import { resultOf } from "./result.ts";
import { taskOf, wholePlan } from "./whole-plan.ts";

/** The result of a flow that somebody else may have sent: what it is the result of is read when it is asked. */
export class LaterResult<Out> implements AsyncResult<Out> {
  readonly id: string;
  readonly flow: string;
  readonly published: Promise<void> = Promise.resolve();
  readonly parent: null = null;
  readonly children: readonly never[] = [];
  readonly #handle: Flow<Out>;
  readonly #sources: FlowSources;

  constructor(handle: Flow<Out>, sources: FlowSources) {
    this.id = handle.id;
    this.flow = handle.id;
    this.#handle = handle;
    this.#sources = sources;
  }

  async get(options: GetOptions = {}): Promise<Out> {
    return (await this.#result()).get(options);
  }

  async state(): Promise<string> {
    return (await this.#result()).state();
  }

  async ready(): Promise<boolean> {
    return (await this.#result()).ready();
  }

  draw(format?: DrawFormat, options?: DrawOptions): Promise<string> {
    return this.#handle.draw(format, options);
  }

  events(options?: EventsOptions): AsyncIterableIterator<FlowEvent> {
    return this.#handle.events(options);
  }

  cancel(options?: CancelOptions): Promise<void> {
    return this.#handle.cancel(options);
  }

  async compensation(options: GetOptions = {}): Promise<Compensation> {
    return (await this.#result()).compensation(options);
  }

  async forget(): Promise<void> {
    return (await this.#result()).forget();
  }

  /** n.b. A flow of which no plan is stored ends in the task that has its id. */
  async #result(): Promise<AsyncResult<Out>> {
    const { connect } = this.#sources;
    const { backend } = await connect();
    const sent = await backend.flows.load(this.id);
    const { plan } = await wholePlan(sent?.plan ?? taskOf(this.id), { backend, stored: new Map() });
    const { published, flow } = this;
    const input = sent?.input ?? [];
    const cancel = (reason: string): Promise<void> => this.#handle.cancel({ reason });
    return resultOf(plan, { flow, input, published, cancel, connect, isExpected: false }) as AsyncResult<Out>;
  }
}
