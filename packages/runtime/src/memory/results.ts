import type {
  Json,
  Message,
  Outcome,
  OutcomeRecord,
  Put,
  ResultStore,
  StoredTask,
  TurnRecord,
} from "@umbel/core";
import { endTurn, isOfFlow, isUnfinished, stateOf, success } from "@umbel/core";
import { Sweeper, isExpired } from "./sweeper.ts";

/**
 * Outcomes in this process: gone when it ends.
 *
 * @param options - `now`: the time in milliseconds since the epoch.
 */
export class MemoryResults implements ResultStore {
  readonly #records = new Map<string, Held>();
  readonly #sweeper = new Sweeper(this.#records);
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
    const nowMs = this.#now();
    this.#sweeper.advance(records.length, nowMs);
    const puts = records.map((record) => this.#putOne(record, nowMs));
    if (this.#watchers.size > 0)
      this.#tell(records.flatMap((record, i) => (puts[i]?.won && !isUnfinished(record) ? [record] : [])));
    return puts;
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> {
    const nowMs = this.#now();
    const known = new Map<string, StoredTask>();
    for (const id of ids) {
      const record = this.#live(id, nowMs);
      if (record !== undefined) known.set(id, asStored(record));
    }
    return known;
  }

  /** n.b. There is no index by flow, which every put would have to pay for: it looks at all records, 20 million a second. */
  async *findFlow(flow: string): AsyncGenerator<ReadonlyMap<string, StoredTask>> {
    for (const records of this.#ofFlow(flow)) {
      yield new Map(records.map((each) => [each.id, asStored(each)] as const));
    }
  }

  async *findFlowStates(flow: string): AsyncGenerator<ReadonlyMap<string, string>> {
    for (const records of this.#ofFlow(flow)) {
      yield new Map(records.map(({ id, outcome }) => [id, outcome.state] as const));
    }
  }

  watch(flow: string, onRecords: Watcher["onRecords"]): () => void {
    const watcher = { flow, onRecords };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#records.delete(id);
  }

  async close(): Promise<void> {}

  #putOne(record: TurnRecord, nowMs: number): Put {
    const known = this.#live(record.id, nowMs);
    const { put, after } = endTurn(known && asStored(known), record);
    if (!put.won) return put;
    this.#records.set(record.id, after.replaced ? { ...record, replaced: after.replaced } : record);
    this.#sweeper.note(record);
    return put;
  }

  #tell(records: readonly OutcomeRecord[]): void {
    for (const { flow, onRecords } of this.#watchers) {
      const own = records.filter(({ id }) => isOfFlow(id, flow));
      if (own.length > 0) onRecords(own.map(copyOf));
    }
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
