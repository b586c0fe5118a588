import type {
  AsyncResult,
  Backend,
  CancelOptions,
  DrawFormat,
  DrawOptions,
  EventsOptions,
  Flow,
  FlowEvent,
  FlowTree,
  OutcomeRecord,
  PlacedNode,
  PlacedTask,
  StoredFlow,
  StoredTask,
} from "@umbel/core";
import { FlowNotFound, GATHER_TASK, NO_REASON, drawSent, grow, success } from "@umbel/core";
import { checkedReason } from "./cancel.ts";
import { eventsOf } from "./flow-events.ts";
import { LaterResult } from "./later-result.ts";
import type { ResultSources } from "./result.ts";
import type { Assembled } from "./whole-plan.ts";
import { taskOf, wholePlan } from "./whole-plan.ts";

/** What a flow is asked for through. */
export interface FlowSources {
  /** The name of the app, for error texts. */
  readonly app: string;
  /** Opens what is needed to ask. */
  readonly connect: () => Promise<ResultSources>;
  /** Ends the flow of this plan. */
  readonly cancel: (plan: PlacedNode, reason: string) => Promise<void>;
}

/** A flow as the store has it. */
interface Known extends Assembled {
  readonly sent: StoredFlow | null;
  readonly stored: ReadonlyMap<string, StoredTask>;
}

/** A flow by its id. Holds nothing: each question reads the store. */
export class StoredFlowHandle<Out> implements Flow<Out> {
  readonly id: string;
  readonly #sources: FlowSources;

  constructor(id: string, sources: FlowSources) {
    this.id = id;
    this.#sources = sources;
  }

  async tree(): Promise<FlowTree> {
    const { sent, stored, ...whole } = await this.#known(recordsOf);
    const [app, sentAtMs] = [sent?.app ?? null, sent?.sentAtMs ?? null];
    return { id: this.id, app, sentAtMs, root: grow(whole, stored), missing: whole.missing };
  }

  async state(): Promise<string> {
    const { stored, ...whole } = await this.#known(statesOf);
    return grow(whole, stored).state;
  }

  async draw(format: DrawFormat = "text", options: DrawOptions = {}): Promise<string> {
    const { sent, plan, takers, stored } = await this.#known(withoutValues);
    const find = async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> =>
      new Map(ids.flatMap((id) => pairsOf(id, stored.get(id))));
    return drawSent({ plan, takers, input: sent?.input ?? null, find }, format, options);
  }

  result(): AsyncResult<Out> {
    return new LaterResult<Out>(this, this.#sources);
  }

  events(options: EventsOptions = {}): AsyncIterableIterator<FlowEvent> {
    const { connect } = this.#sources;
    return eventsOf({ flow: this.id, published: Promise.resolve(), connect }, options);
  }

  async cancel({ reason = NO_REASON }: CancelOptions = {}): Promise<void> {
    const checked = checkedReason(reason);
    const { backend } = await this.#sources.connect();
    const sent = await backend.flows.load(this.id);
    await this.#sources.cancel(sent?.plan ?? taskOf(this.id), checked);
  }

  async #known(read: Reading): Promise<Known> {
    const { backend } = await this.#sources.connect();
    const [sent, stored] = await Promise.all([backend.flows.load(this.id), read(backend, this.id)]);
    const { plan, missing } = sent === null ? this.#unsent(stored) : { plan: sent.plan, missing: [] };
    const whole = await wholePlan(plan, { backend, stored });
    return { sent, stored, ...whole, missing: [...missing, ...whole.missing] };
  }

  /** A single call, or a flow that was not written down or has expired, of which there is what its tasks left. */
  #unsent(stored: ReadonlyMap<string, StoredTask>): Pick<Known, "plan" | "missing"> {
    const ids = [...stored.keys()].toSorted();
    if (ids.length === 0) throw new FlowNotFound(this.id, this.#sources.app);
    const tasks = ids.map((id) => named(taskOf(id), stored));
    const call = tasks.find(({ id }) => id === this.id);
    if (call !== undefined && ids.every((id) => id === this.id || id.startsWith(`${this.id}~`)))
      return { plan: call, missing: [] };
    return { plan: { kind: "group", id: this.id, members: tasks }, missing: [WITHOUT_PLAN] };
  }
}

const WITHOUT_PLAN =
  "the plan of the flow is gone, was never stored, or this is the id of a part of it: " +
  "the tasks that have ended are shown side by side";

type Reading = (backend: Backend, flow: string) => Promise<ReadonlyMap<string, StoredTask>>;

async function recordsOf({ results }: Backend, flow: string): Promise<ReadonlyMap<string, StoredTask>> {
  const stored = new Map<string, StoredTask>();
  for await (const batch of results.findFlow(flow)) for (const [id, task] of batch) stored.set(id, task);
  return stored;
}

/** n.b. A drawing has no values: those of a large flow are not held. */
async function withoutValues({ results }: Backend, flow: string): Promise<ReadonlyMap<string, StoredTask>> {
  const stored = new Map<string, StoredTask>();
  for await (const batch of results.findFlow(flow)) {
    for (const [id, { record, ...more }] of batch)
      stored.set(id, { ...more, record: record && { ...record, ...lean(record) } });
  }
  return stored;
}

async function statesOf({ results }: Backend, flow: string): Promise<ReadonlyMap<string, StoredTask>> {
  const stored = new Map<string, StoredTask>();
  for await (const batch of results.findFlowStates(flow))
    for (const [id, state] of batch) stored.set(id, { state, record: null });
  return stored;
}

/** Of an outcome only how it ended, and what it added. */
function lean({ outcome }: OutcomeRecord): Pick<OutcomeRecord, "outcome"> {
  return { outcome: outcome.state === "SUCCESS" ? success(null, outcome.additions) : outcome };
}

function pairsOf(id: string, stored: StoredTask | undefined): readonly (readonly [string, StoredTask])[] {
  return stored === undefined ? [] : [[id, stored]];
}

/** n.b. Where steps took a task's place, the outcome is of what gathers them, and does not say whose place it was. */
function named(task: PlacedTask, stored: ReadonlyMap<string, StoredTask>): PlacedTask {
  const record = stored.get(task.id)?.record;
  const name = record?.task === GATHER_TASK ? null : record?.task;
  return { ...task, task: name ?? task.task, args: record?.args ?? [], immutable: true };
}
