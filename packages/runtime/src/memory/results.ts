import type {
  Held as Holding,
  Json,
  Message,
  Outcome,
  OutcomeRecord,
  Put,
  ResultStore,
  Start,
  Started,
  StoredTask,
  TurnRecord,
} from "@umbel/core";
import { endTurn, isOfFlow, isUnfinished, startTurn, stateOf, success } from "@umbel/core";
import { Sweeper, isExpired } from "./sweeper.ts";

/**
 * Outcomes in this process: gone when it ends.
 *
 * @param options - `now`: the time in milliseconds since the epoch.
 */
export class MemoryResults implements ResultStore {
  readonly #records = new Map<string, Held>();
  readonly #sweeper = new Sweeper(this.#records);
  /** Of tasks that have begun, and may have to be undone. */
  readonly #begun = new Map<string, Begun>();
  readonly #begunSweeper = new Sweeper(this.#begun);
  readonly #now: () => number;
  readonly #watchers = new Set<Watcher>();

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
  }

  /** Records held, with some that have expired and were not swept yet. */
  get size(): number {
    return this.#records.size;
  }

  async open(): Promise<void> {}

  async put(records: readonly TurnRecord[]): Promise<readonly Put[]> {
    return records.map((record) => this.putNow(record));
  }

  putNow(record: TurnRecord): Put {
    const nowMs = this.#now();
    this.#sweeper.advance(1, nowMs);
    const put = this.#putOne(record, nowMs);
    if (this.#watchers.size > 0 && put.won && !isUnfinished(record)) this.#tell(record);
    return put;
  }

  async putInOrder(records: readonly TurnRecord[]): Promise<readonly Put[]> {
    const puts: Put[] = [];
    for (const record of records) {
      const put = this.putNow(record);
      puts.push(put);
      if (!put.won) break;
    }
    return puts;
  }

  async start(start: Start): Promise<Started> {
    const nowMs = this.#now();
    const { after, started } = startTurn(this.#known(start.id, nowMs), start);
    if (started.kind === "mine" && after?.held) this.#begin(start, after.held);
    return started;
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> {
    const nowMs = this.#now();
    const known = new Map<string, StoredTask>();
    for (const id of ids) {
      const task = this.#known(id, nowMs);
      if (task !== undefined) known.set(id, task);
    }
    return known;
  }

  /** n.b. There is no index by flow, which every put would have to pay for: it looks at all records, 20 million a second. */
  async *findFlow(flow: string): AsyncGenerator<ReadonlyMap<string, StoredTask>> {
    for (const records of this.#ofFlow(flow)) {
      yield new Map(records.map((each) => [each.id, this.#withHolder(each.id, asStored(each))] as const));
    }
    const begun = this.#begunIn(flow);
    if (begun.size > 0) yield begun;
  }

  async *findFlowStates(flow: string): AsyncGenerator<ReadonlyMap<string, string>> {
    for (const records of this.#ofFlow(flow)) {
      yield new Map(
        records.map(({ id, outcome }) => [id, this.#begun.has(id) ? STARTED : outcome.state] as const),
      );
    }
    const begun = this.#begunIn(flow);
    if (begun.size > 0) yield new Map([...begun.keys()].map((id) => [id, STARTED] as const));
  }

  watch(flow: string, onRecords: Watcher["onRecords"]): () => void {
    const watcher = { flow, onRecords };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.#records.delete(id);
      this.#begun.delete(id);
    }
  }

  async close(): Promise<void> {}

  #putOne(said: TurnRecord, nowMs: number): Put {
    const { put, after } = endTurn(this.#known(said.id, nowMs), said);
    if (!put.won) return put;
    if (this.#begun.size > 0) this.#begun.delete(said.id);
    const record = withoutHolder(said);
    this.#records.set(record.id, after.replaced ? { ...record, replaced: after.replaced } : record);
    this.#sweeper.note(record);
    return put;
  }

  #tell(record: OutcomeRecord): void {
    for (const { flow, onRecords } of this.#watchers)
      if (isOfFlow(record.id, flow)) onRecords([copyOf(record)]);
  }

  *#ofFlow(flow: string): Generator<readonly Held[]> {
    const nowMs = this.#now();
    let batch: Held[] = [];
    for (const [id, record] of this.#records) {
      if (!isOfFlow(id, flow) || isExpired(record, nowMs)) continue;
      batch.push(record);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  #begin({ id, expiresAtMs }: Start, held: Holding): void {
    this.#begun.set(id, { held, expiresAtMs });
    this.#begunSweeper.advance(1, this.#now());
    this.#begunSweeper.note({ expiresAtMs });
  }

  /** What is known of a task; a copy. */
  #known(id: string, nowMs: number): StoredTask | undefined {
    const record = this.#live(id, nowMs);
    if (this.#begun.size === 0) return record && asStored(record);
    const begun = this.#begun.get(id);
    if (begun === undefined || isExpired(begun, nowMs)) return record && asStored(record);
    return this.#withHolder(id, record === undefined ? { state: STARTED, record: null } : asStored(record));
  }

  /** n.b. Who has begun a task goes when the turn ends. */
  #withHolder(id: string, task: StoredTask): StoredTask {
    const begun = this.#begun.get(id);
    return begun === undefined ? task : { ...task, state: STARTED, held: begun.held };
  }

  /** Tasks of which nothing is known but that they have begun. */
  #begunIn(flow: string): ReadonlyMap<string, StoredTask> {
    const nowMs = this.#now();
    const found = [...this.#begun].filter(
      ([id, begun]) => isOfFlow(id, flow) && !isExpired(begun, nowMs) && !this.#records.has(id),
    );
    return new Map(found.map(([id, { held }]) => [id, { state: STARTED, record: null, held }] as const));
  }

  #live(id: string, nowMs: number): Held | undefined {
    const record = this.#records.get(id);
    if (record === undefined || !isExpired(record, nowMs)) return record;
    this.#records.delete(id);
    return undefined;
  }
}

/** What is known of a task by its last record; a copy. */
function asStored({ replaced, ...record }: Held): StoredTask {
  const state = stateOf(record.outcome);
  const taker = replaced && { replaced: structuredClone(replaced) };
  if (isUnfinished(record)) return { state, record: null, lastTurn: structuredClone(record), ...taker };
  return { state, record: copyOf(record), ...taker };
}

/** A task's last record, with the message that took its place where one did. */
type Held = TurnRecord & { readonly replaced?: Message };

function withoutHolder(said: TurnRecord): TurnRecord {
  if (said.holder === undefined) return said;
  const { holder: _whoWrote, ...record } = said;
  return record;
}

/** Who has begun a task. */
interface Begun {
  readonly held: Holding;
  readonly expiresAtMs: number;
}

const STARTED = "STARTED";

/** Who is told of the outcomes of a flow. */
interface Watcher {
  readonly flow: string;
  readonly onRecords: (records: readonly OutcomeRecord[]) => void;
}

/** Records in one batch. */
const BATCH = 1000;

function copyOf(record: OutcomeRecord): OutcomeRecord {
  const { outcome, args, kwargs } = record;
  return { ...record, outcome: copyOfOutcome(outcome), args: copyOfJson(args), kwargs: copyOfJson(kwargs) };
}

function copyOfOutcome(outcome: Outcome): Outcome {
  if (outcome.state === "FAILURE") return structuredClone(outcome);
  return success(copyOfJson(outcome.value), structuredClone(outcome.additions));
}

/** Ten times faster than `structuredClone`, which every result that is read would otherwise pay. */
function copyOfJson<Value extends Json>(json: Value): Value {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(copyOfJson) as readonly Json[] as Value;
  const fields = Object.entries(json).map(([key, item]) => [key, copyOfJson(item)]);
  return Object.fromEntries(fields) as Value;
}
