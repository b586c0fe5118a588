import type {
  Holder,
  Message,
  Put,
  ResultDocument,
  ResultStore,
  Start,
  Started,
  StoredTask,
  TurnRecord,
} from "@umbel/core";
import {
  decidedFor,
  endOfFlow,
  fromResultDocument,
  holds,
  isOfFlow,
  replacedIn,
  startTurn,
} from "@umbel/core";
import type { Collection, Filter, FindOptions } from "mongodb";
import type { Collections } from "./collections.ts";
import { Hold } from "./collections.ts";
import type { Calls, DocumentError } from "./failures.ts";
import { DUPLICATE, isRefusal, refusalIn } from "./failures.ts";
import { withPlainValues } from "./foreign.ts";
import type { Storable } from "./storable.ts";
import { lesser, storable } from "./storable.ts";
import { Writes } from "./writes.ts";

/** Outcomes in `celery_taskmeta`, as documents that Celery reads and writes, too. */
export class MongoResults implements ResultStore {
  readonly #collection: Collection<ResultDocument>;
  readonly #writes: Writes<ResultDocument>;
  readonly #calls: Calls;
  readonly #hold: Hold;

  constructor(collections: Collections) {
    this.#collection = collections.results;
    this.#writes = new Writes(collections.database, collections.results);
    this.#calls = collections.calls;
    this.#hold = new Hold(collections);
  }

  open(): Promise<void> {
    return this.#hold.open();
  }

  async put(records: readonly TurnRecord[]): Promise<readonly Put[]> {
    const attempts = records.map((record): Attempt => ({ storable: storable(record), answer: null }));
    const later = attempts.filter(({ storable: { record, holder } }) => record.turn > 0 || holder);
    await Promise.all(later.map((attempt) => this.#overwrite(attempt))); // there is what began the turn, or the task
    let open = attempts.filter(({ answer }) => answer === null);
    for (let round = 0; open.length > 0; round += 1) {
      if (round === MOST_ROUNDS) throw this.#calls.unavailable(STORE, "the documents keep changing under it");
      await this.#look(await this.#insert(open));
      open = open.filter(({ answer }) => answer === null);
    }
    return attempts.map(({ answer }) => answer ?? WON);
  }

  /** One ordered insert, as long as nothing is there: what is there is met alone, and the others follow when it was won. */
  async putInOrder(records: readonly TurnRecord[]): Promise<readonly Put[]> {
    const puts: Put[] = [];
    for (let left = records; left.length > 0; left = records.slice(puts.length)) {
      const inserted = await this.#insertInOrder(left.map(storable));
      puts.push(...left.slice(0, inserted).map(() => WON));
      const met = left[inserted];
      if (met === undefined) break;
      puts.push(...(await this.put([met])));
      if (puts.at(-1)?.won !== true) break;
    }
    return puts;
  }

  async start(start: Start): Promise<Started> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const before = await this.#begin(start, heldBy(start.holder), true);
      if (before !== TAKEN) return { kind: "mine", isAgain: before?.held?.turn === start.turn };
      const known = (await this.find([start.id])).get(start.id);
      const { started } = startTurn(known, start);
      if (started.kind !== "mine") return started;
      const later = await this.#begin(start, { "held.turn": { $lt: start.turn } }, false);
      if (later !== null) return started; // else it has changed since
    }
    throw this.#calls.unavailable(BEGIN, "the document keeps changing under it");
  }

  /** What was there before it was begun here; `TAKEN` where it is there, and not as the filter says. */
  async #begin(
    start: Start,
    held: Filter<ResultDocument>,
    upsert: boolean,
  ): Promise<ResultDocument | null | typeof TAKEN> {
    const { id, turn, holder } = start;
    const open = { status: { $nin: TERMINAL }, turn: { $not: { $gt: turn } } };
    const latest = { "held.turn": { $not: { $gt: turn } } };
    const update = { $set: { ...begunBy(start), held: { ...holder, turn } } };
    try {
      return await this.#calls.make(BEGIN, () =>
        this.#collection.findOneAndUpdate({ _id: id, ...open, ...latest, ...held }, update, {
          upsert,
          returnDocument: "before",
        }),
      );
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
      if (code === DUPLICATE) return TAKEN;
      throw error;
    }
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> {
    const known = new Map<string, StoredTask>();
    for (const some of inChunks(ids)) {
      const options = { batchSize: some.length };
      const cursor = (): Promise<ResultDocument[]> =>
        this.#collection.find({ _id: { $in: some } }, options).toArray();
      for (const document of await this.#calls.make(READ, cursor)) {
        known.set(document._id, fromResultDocument(withPlainValues(document)));
      }
    }
    return known;
  }

  async *findFlow(flow: string): AsyncGenerator<ReadonlyMap<string, StoredTask>> {
    for await (const documents of this.#ofFlow<ResultDocument>(flow, {})) {
      yield new Map(documents.map((each) => [each._id, fromResultDocument(withPlainValues(each))] as const));
    }
  }

  async *findFlowStates(flow: string): AsyncGenerator<ReadonlyMap<string, string>> {
    const projection = { status: 1 };
    for await (const documents of this.#ofFlow<Pick<ResultDocument, "_id" | "status">>(flow, {
      projection,
    })) {
      yield new Map(documents.map(({ _id, status }) => [_id, status ?? "PENDING"] as const));
    }
  }

  async forget(ids: readonly string[]): Promise<void> {
    for (const some of inChunks(ids)) {
      await this.#calls.make("forget outcomes", () => this.#collection.deleteMany({ _id: { $in: some } }));
    }
  }

  close(): Promise<void> {
    return this.#hold.close();
  }

  /** One range of `_id`, which may have a few of other flows in it: an $or of exact ranges is a scan on some servers. */
  async *#ofFlow<Document extends { readonly _id: string }>(
    flow: string,
    options: FindOptions,
  ): AsyncGenerator<readonly Document[]> {
    const range = { _id: { $gte: flow, $lt: endOfFlow(flow) } };
    const cursor = this.#collection.find<Document>(range, { ...options, batchSize: CHUNK });
    try {
      while (await this.#calls.make(READ, () => cursor.hasNext())) {
        const found = cursor.readBufferedDocuments().filter(({ _id }) => isOfFlow(_id, flow));
        if (found.length > 0) yield found;
      }
    } finally {
      await cursor.close();
    }
  }

  /** Inserts all of them in one call. Gives those that met a duplicate; each of the others was settled. */
  async #insert(attempts: readonly Attempt[]): Promise<readonly Attempt[]> {
    const insertions = attempts.map((attempt) => attempt.storable);
    const errors = await this.#calls.make(STORE, () => this.#writes.insert(insertions, false));
    for (const [i, attempt] of attempts.entries()) {
      if (errors.get(i)?.code !== DUPLICATE) this.#settle(attempt, errors.get(i));
    }
    return attempts.filter((_, i) => errors.get(i)?.code === DUPLICATE);
  }

  /** Inserts up to the first that cannot be inserted as it is. Gives how many that was. */
  async #insertInOrder(all: readonly Storable[]): Promise<number> {
    const met = all.findIndex(({ isWhole, record, holder }) => !isWhole || record.turn > 0 || holder);
    const plain = met === -1 ? all : all.slice(0, met);
    if (plain.length === 0) return 0;
    const errors = await this.#calls.make(STORE, () => this.#writes.insert(plain, true));
    const [first] = errors.keys();
    return first ?? plain.length;
  }

  /** Answers those whose turn is over, and overwrites what is not terminal (rules 6 and 10). */
  async #look(attempts: readonly Attempt[]): Promise<void> {
    if (attempts.length === 0) return;
    const known = await this.find(attempts.map((attempt) => attempt.storable.record.id));
    await Promise.all(attempts.map((attempt) => this.#meet(attempt, known.get(attempt.storable.record.id))));
  }

  async #meet(attempt: Attempt, known: StoredTask | undefined): Promise<void> {
    if (known === undefined) return; // it has gone since: the next round inserts
    const stored = decidedFor(known, attempt.storable.record.turn);
    const isHeld = known.held !== undefined && !holds(attempt.storable.holder, known.held);
    if (stored === null && !isHeld) return this.#overwrite(attempt);
    attempt.answer = { won: false, stored, ...(known.replaced && { replaced: known.replaced }) };
  }

  async #overwrite(attempt: Attempt): Promise<void> {
    const { _id, ...fields } = attempt.storable.document;
    const { holder, record } = attempt.storable;
    const turn = { $not: { $gt: record.turn } }; // n.b. or absent
    const held = holder === undefined ? { held: { $exists: false } } : heldBy(holder); // rules 39 and 40
    const filter = { _id, status: { $nin: TERMINAL }, turn, ...held };
    try {
      const projection = { replaced: 1 };
      const options = { returnDocument: "before", projection } as const;
      const before = await this.#calls.make(STORE, () =>
        this.#collection.findOneAndUpdate(filter, { $set: fields, $unset: { held: "" } }, options),
      );
      if (before !== null) this.#settle(attempt, undefined, replacedIn(before));
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal === null) throw error;
      this.#settle(attempt, refusal);
    }
  }

  /** Its answer when it was written; what to try next when it was refused. */
  #settle(attempt: Attempt, error?: DocumentError, replaced?: Message): void {
    const { isWhole, record } = attempt.storable;
    if (error === undefined) {
      const taker = replaced && { replaced };
      const won = taker === undefined ? WON : { won: true as const, ...taker };
      attempt.answer = isWhole ? won : { won: false, stored: record, ...taker };
      return;
    }
    const what = error.errmsg ?? `error ${error.code}`;
    const next = isRefusal(error) ? lesser(attempt.storable, what) : null;
    if (next === null) throw this.#calls.unavailable(STORE, what, error);
    attempt.storable = next;
  }
}

/** One record on its way into the store. */
interface Attempt {
  storable: Storable;
  /** Null until it is known. */
  answer: Put | null;
}

/** What nobody has begun, or an older delivery of the same publication. n.b. An `$or` is a scan on some servers. */
function heldBy({ by, rank }: Holder): Filter<ResultDocument> {
  return { "held.by": { $in: [null, by] }, "held.rank": { $not: { $gt: rank } } };
}

/** What a document says of a task that has begun. */
function begunBy({ task, flow, worker, startedAtMs, expiresAtMs }: Start): Partial<ResultDocument> {
  const times = { date_started: new Date(startedAtMs), expiresAt: new Date(expiresAtMs) };
  return { status: "STARTED", name: task, root_id: flow, worker, ...times };
}

const TAKEN: unique symbol = Symbol("taken");

const BEGIN = "begin a task";

const STORE = "store outcomes";

const READ = "read outcomes";

const WON: Put = Object.freeze({ won: true });

const TERMINAL = ["SUCCESS", "FAILURE", "REVOKED"];

/** More than any race takes: only something that writes and deletes these documents without end gets here. */
const MOST_ROUNDS = 20;

/** Ids in one call: their answer is one batch, unless the documents are large. */
const CHUNK = 1_000;

function* inChunks(ids: readonly string[]): Generator<string[]> {
  for (let start = 0; start < ids.length; start += CHUNK) yield ids.slice(start, start + CHUNK);
}
