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
import { FlowNotFound, NO_REASON, drawSent, grow, success } from "@umbel/core";
import { checkedReason } from "./cancel.ts";
import { eventsOf } from "./flow-events.ts";
import { LaterResult } from "./later-result.ts";
import type { ResultSources } from "./result.ts";
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
interface Known {
  readonly sent: StoredFlow | null;
  readonly plan: PlacedNode;
  readonly missing: readonly string[];
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
    const { sent, plan, missing, stored } = await this.#known(recordsOf);
    const [app, sentAtMs] = [sent?.app ?? null, sent?.sentAtMs ?? null];
    return { id: this.id, app, sentAtMs, root: grow(plan, stored), missing };
  }

  async state(): Promise<string> {
    const { plan, stored } = await this.#known(statesOf);
    return grow(plan, stored).state;
  }

  async draw(format: DrawFormat = "text", options: DrawOptions = {}): Promise<string> {
    const { sent, plan, stored } = await this.#known(withoutValues);
    const find = async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> =>
      new Map(ids.flatMap((id) => pairsOf(id, stored.get(id))));
    return drawSent({ plan, input: sent?.input ?? null, find }, format, options);
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
    if (sent === null) return this.#unsent(stored);
    return { sent, stored, ...(await wholePlan(sent.plan, { backend, stored })) };
  }

  /** A single call, or a flow that was not written down or has expired, of which there is what its tasks left. */
  #unsent(stored: ReadonlyMap<string, StoredTask>): Known {
    const tasks = [...stored.keys()].toSorted().map(taskOf);
    const [only] = tasks;
    if (only === undefined) throw new FlowNotFound(this.id, this.#sources.app);
    const isCall = tasks.length === 1 && only.id === this.id;
    if (isCall) return { sent: null, stored, plan: named(only, stored), missing: [] };
    const members = tasks.map((task) => named(task, stored));
    const plan: PlacedNode = { kind: "group", id: this.id, members };
    return { sent: null, stored, plan, missing: [WITHOUT_PLAN] };
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
    for (const [id, { state, record }] of batch)
      stored.set(id, { state, record: record && { ...record, ...lean(record) } });
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

function named(task: PlacedTask, stored: ReadonlyMap<string, StoredTask>): PlacedTask {
  const record = stored.get(task.id)?.record;
  return { ...task, task: record?.task ?? task.task, args: record?.args ?? [], immutable: true };
}
