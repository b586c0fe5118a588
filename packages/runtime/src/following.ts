import type { FlowEvent, FlowStarted, OutcomeRecord, ResultStore } from "@umbel/core";
import { isTerminal } from "@umbel/core";
import type { Environment } from "./environment.ts";

export interface FollowingOptions {
  readonly flow: string;
  /** The tasks with whose ends the flow has ended. */
  readonly ends: readonly string[];
  readonly results: ResultStore;
  readonly environment: Environment;
  /** Ends it before. */
  readonly end: AbortSignal;
}

type News = FlowStarted | { readonly record: OutcomeRecord };

/** Milliseconds between two reads of the store: the first where something was seen, then the next ones. */
const PAUSES_MS = [250, 500, 1000, 2000];

/** A pause is so many times as long as the read before it, at least. */
const READ_SHARE = 9;

/** News held for the consumer; when there are more, the store is read in their stead. */
const MOST_NEWS = 1000;

/** Ids in one read of whole outcomes. */
const READ_SIZE = 500;

/** A store that tells of what is put needs no reads; the longest that a timer can be. */
const UNTIL_TOLD_MS = 2 ** 31 - 1;

/**
 * Follows a flow: reads what there is, then what is told, and where the store cannot tell, what there is again.
 *
 * Duties: each end is told once, and none is missed, since what is told is what is stored; what is held is one id a task,
 * and `MOST_NEWS` outcomes.
 */
export class Following {
  readonly #options: FollowingOptions;
  readonly #begun = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #open: Set<string>;
  #news: News[] = [];
  #mustRead = true;
  #waking = new AbortController();

  constructor(options: FollowingOptions) {
    this.#options = options;
    this.#open = new Set(options.ends);
    options.end.addEventListener("abort", () => this.#waking.abort(), { once: true });
  }

  /** Whether the flow has ended, and all of it was told. */
  get isOver(): boolean {
    return this.#open.size === 0;
  }

  /** Takes a start, where there is room for it. */
  hear(start: FlowStarted): void {
    if (this.#news.length >= MOST_NEWS) return;
    this.#news.push(start);
    this.#waking.abort();
  }

  /** Takes outcomes that were put. */
  learn(records: readonly OutcomeRecord[]): void {
    if (this.#news.length + records.length <= MOST_NEWS)
      this.#news.push(...records.map((record) => ({ record })));
    else {
      this.#news = [];
      this.#mustRead = true;
    }
    this.#waking.abort();
  }

  /** Something was stored: the store is worth a read. */
  lookNow(): void {
    this.#mustRead = true;
    this.#waking.abort();
  }

  async *events(): AsyncGenerator<FlowEvent, undefined> {
    const { end, environment, results } = this.#options;
    for (let round = 0; !end.aborted; round += 1) {
      const [known, startedMs] = [this.#ended.size, environment.now()];
      if (this.#mustRead) yield* this.#read();
      const tookMs = environment.now() - startedMs;
      yield* this.#told();
      if (this.isOver) return yield* this.#read(); // what ended before it, in the batches that were read before that
      if (this.#ended.size > known) round = 0;
      const pauseMs = results.watch ? UNTIL_TOLD_MS : Math.max(pauseAfter(round), READ_SHARE * tookMs);
      await this.#pause(pauseMs);
      this.#mustRead ||= results.watch === undefined;
    }
  }

  /** n.b. The consumer takes its time: no cursor is open while it does. */
  async *#read(): AsyncGenerator<FlowEvent, undefined> {
    this.#mustRead = false;
    const { results, flow } = this.#options;
    const [begun, ended]: [string[], string[]] = [[], []];
    for await (const batch of results.findFlowStates(flow)) {
      for (const [id, state] of batch) {
        if (this.#ended.has(id)) continue;
        if (isTerminal(state)) ended.push(id);
        else if (state === "STARTED") begun.push(id);
      }
    }
    for (const id of begun) yield* this.#start(this.#startOf(id));
    // What the flow ends with is told behind the others: they have ended before it.
    const last = ended.filter((id) => this.#open.has(id));
    for (const ids of inPieces(ended.filter((id) => !this.#open.has(id)))) yield* this.#ends(ids);
    for (const ids of inPieces(last)) yield* this.#ends(ids);
  }

  async *#ends(ids: readonly string[]): AsyncGenerator<FlowEvent, undefined> {
    const found = await this.#options.results.find(ids);
    const records = [...found.values()].flatMap(({ record }) => (record === null ? [] : [record]));
    for (const record of records.toSorted((a, b) => a.doneAtMs - b.doneAtMs)) yield* this.#end(record);
  }

  *#told(): Generator<FlowEvent, undefined> {
    const news = this.#news;
    this.#news = [];
    for (const each of news) yield* "record" in each ? this.#end(each.record) : this.#start(each);
  }

  *#start(start: FlowStarted): Generator<FlowEvent, undefined> {
    if (this.#begun.has(start.id) || this.#ended.has(start.id)) return;
    this.#begun.add(start.id);
    yield start;
  }

  *#end(record: OutcomeRecord): Generator<FlowEvent, undefined> {
    const { id, startedAtMs } = record;
    if (this.#ended.has(id)) return;
    if (startedAtMs !== null)
      yield* this.#start({ ...this.#startOf(id), ...sourceOf(record), atMs: startedAtMs });
    this.#begun.delete(id);
    this.#ended.add(id);
    this.#open.delete(id);
    yield endOf(record);
  }

  #startOf(id: string): FlowStarted {
    return { type: "started", id, task: "unknown", worker: null, atMs: this.#options.environment.now() };
  }

  async #pause(ms: number): Promise<void> {
    const { end, environment } = this.#options;
    if (this.#news.length > 0 || this.#mustRead || end.aborted) return;
    this.#waking = new AbortController();
    await environment.sleep(ms, this.#waking.signal);
  }
}

function* inPieces(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += READ_SIZE) yield ids.slice(from, from + READ_SIZE);
}

function pauseAfter(round: number): number {
  return PAUSES_MS[Math.min(round, PAUSES_MS.length - 1)] ?? 0;
}

function sourceOf({ task, worker }: OutcomeRecord): {
  readonly task: string;
  readonly worker: string | null;
} {
  return { task: task ?? "unknown", worker };
}

function endOf(record: OutcomeRecord): FlowEvent {
  const { id, outcome, startedAtMs, doneAtMs, retries } = record;
  const durationMs = startedAtMs === null ? null : doneAtMs - startedAtMs;
  const said = { id, ...sourceOf(record), atMs: doneAtMs, durationMs, retries };
  if (outcome.state === "SUCCESS") return { type: "succeeded", ...said };
  const { failure } = outcome;
  return { type: "failed", ...said, failure, isSkipped: failure.id !== id };
}
