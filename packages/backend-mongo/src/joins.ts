import type {
  Cancel,
  Claim,
  Claimant,
  Counted,
  Failure,
  Join,
  JoinStore,
  MemberArrival,
  RaceCount,
  Raced,
  Racing,
  Registered,
  StoredJoin,
} from "@umbel/core";
import { Batch, claimed, isSameClaimant, raceArrivals } from "@umbel/core";
import type { Collection, Filter } from "mongodb";
import { BSON } from "mongodb";
import { Arrivals } from "./arrivals.ts";
import type { Collections } from "./collections.ts";
import { Hold } from "./collections.ts";
import type { Calls } from "./failures.ts";
import { DUPLICATE } from "./failures.ts";
import type { JoinDocument } from "./join-document.ts";
import { WITH_JOIN, checkWithin, documentsFor, raceOf, storedJoin, wordFields } from "./join-document.ts";
import { Marks } from "./marks.ts";
import type { Update } from "./writes.ts";
import { Writes } from "./writes.ts";

/**
 * Joins in `umbel_joins`: each is one document, or a root and its shards. What one turn of the event loop has to register, to
 * read, to count, to claim and to retire is a write or a read each, of however many joins.
 */
export class MongoJoins implements JoinStore {
  readonly #collection: Collection<JoinDocument>;
  readonly #writes: Writes<JoinDocument>;
  readonly #calls: Calls;
  readonly #marks: Marks;
  readonly #hold: Hold;
  readonly #arrivals: Arrivals;
  readonly #insertions = new Batch(
    (calls: readonly (readonly JoinDocument[])[]) => this.#insertAll(calls),
    MOST,
  );
  readonly #reads = new Batch((joins: readonly string[]) => this.#readAll(joins), MOST);
  readonly #claims = new Batch((claims: readonly Claiming[]) => this.#claimAll(claims), MOST);
  readonly #retirements = new Batch((all: readonly Retirement[]) => this.#retireAll(all), MOST);

  constructor(collections: Collections) {
    this.#collection = collections.joins;
    this.#writes = new Writes(collections.database, collections.joins);
    this.#calls = collections.calls;
    this.#marks = new Marks(collections);
    this.#hold = new Hold(collections);
    this.#arrivals = new Arrivals(collections.joins, this.#writes, collections.calls);
  }

  open(): Promise<void> {
    return this.#hold.open();
  }

  /** @throws {InvalidFlow} What comes after a join does not fit a document. Nothing is registered then. */
  async register(joins: readonly Join[]): Promise<readonly Registered[]> {
    const documents = joins.map(documentsFor);
    const isNew = await this.#insertions.add(documents.flat());
    let start = 0;
    const areNew = documents.map(({ length }) => isNew.slice(start, (start += length)).every(Boolean));
    const known = documents.filter((_, i) => areNew[i] !== true).flatMap(measuresOf);
    const found = known.length === 0 ? NONE : await this.#found(known.map(({ _id }) => _id));
    return documents.map((each, i) => (areNew[i] === true ? "new" : comparedTo(each, found)));
  }

  arrive(document: string, arrivals: readonly MemberArrival[]): Promise<Counted | null> {
    return this.#arrivals.arrive(document, arrivals);
  }

  /** See the port. Read, decide, and write if nobody has arrived meanwhile: each arrival raises the count. */
  async race(join: string, arrivals: readonly MemberArrival[]): Promise<Raced | null> {
    for (let round = 0; round < MOST_RACE_ROUNDS; round += 1) {
      const read = await this.#readRace(join, arrivals);
      if (read === null) return null;
      const { after, repeats } = raceArrivals(read.count, read.policy, arrivals);
      if (await this.#recordRace(join, read, after)) return { decision: after.decision, repeats };
    }
    throw this.#calls.unavailable(COUNT, `the count of the race ${join} keeps changing under it`);
  }

  async read(join: string): Promise<StoredJoin | null> {
    const stored = await this.#reads.add(join);
    return stored === null ? null : storedJoin(stored);
  }

  claim(join: string, claimant: Claimant): Promise<Claim> {
    return this.#claims.add({ join, claimant });
  }

  /** Where all of them can be had one update says so; else each is claimed by itself, those that were had once more. */
  async #claimAll(claims: readonly Claiming[]): Promise<readonly Claim[]> {
    const updates = claims.map(({ join, claimant }) => ({
      q: claimable(join, null),
      u: { $set: { claim: claimant } },
    }));
    if (updates.length > 1) {
      const matched = await this.#calls.make(CLAIM, () => this.#writes.update(updates));
      if (matched === claims.length) return claims.map(() => "mine");
    }
    return Promise.all(claims.map(({ join, claimant }) => this.#claimOne(join, claimant)));
  }

  /** First as one that nobody has claimed; then over the claim that was read, where that is its own or an earlier turn's. */
  async #claimOne(join: string, claimant: Claimant): Promise<Claim> {
    let holder: Claimant | null = null;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const filter = claimable(join, holder);
      const update = (): Promise<{ matchedCount: number }> =>
        this.#collection.updateOne(filter, { $set: { claim: claimant } });
      if ((await this.#calls.make(CLAIM, update)).matchedCount === 1) return "mine";
      const stored = await this.#holder(join);
      if (stored === null) return "missing";
      if ((stored.mark ?? null) !== null) return "marked";
      if (!isSameClaimant(claimed(stored.claim, claimant), claimant)) return "held";
      holder = stored.claim;
    }
    throw this.#calls.unavailable(CLAIM, `the claim of ${join} keeps changing under it`);
  }

  mark(joins: readonly string[], mark: Failure, expiresAtMs: number): Promise<void> {
    return this.#marks.put(joins, mark, expiresAtMs);
  }

  markOf(join: string): Promise<Failure | null> {
    return this.#marks.of(join);
  }

  noteCancel(cancel: Cancel, expiresAtMs: number): Promise<void> {
    return this.#marks.note(cancel, expiresAtMs);
  }

  cancels(): Promise<readonly Cancel[]> {
    return this.#marks.all();
  }

  async retire(join: string, expiresAtMs: number): Promise<void> {
    await this.#retirements.add({ join, expiresAtMs });
  }

  close(): Promise<void> {
    return this.#hold.close();
  }

  /** In the order of the calls, and in each in its own. */
  async #insertAll(calls: readonly (readonly JoinDocument[])[]): Promise<readonly (readonly boolean[])[]> {
    const isNew = await this.#insertInOrder(calls.flat());
    let start = 0;
    return calls.map(({ length }) => isNew.slice(start, (start += length)));
  }

  async #readAll(joins: readonly string[]): Promise<readonly (JoinDocument | null)[]> {
    const projection = { ...WITH_JOIN, large: 1, "race.decision": 1 };
    const [first = ""] = joins;
    const filter = { _id: joins.length === 1 ? first : { $in: joins } };
    const found = await this.#calls.make("read joins", () =>
      this.#collection.find(filter, { projection }).toArray(),
    );
    const byId = new Map(found.map((each) => [each._id, each]));
    return joins.map((join) => byId.get(join) ?? null);
  }

  async #retireAll(all: readonly Retirement[]): Promise<readonly undefined[]> {
    const updates = all.flatMap(({ join, expiresAtMs }) => retirement(join, new Date(expiresAtMs)));
    await this.#calls.make("retire joins", () => this.#writes.update(updates));
    return all.map(() => undefined);
  }

  /** Inserts what is not there. For each, whether it was this call that inserted it. */
  async #insertInOrder(documents: readonly JoinDocument[]): Promise<readonly boolean[]> {
    const isNew = documents.map(() => false);
    let pending = documents.map((document, position) => ({ document, position }));
    while (pending.length > 0) {
      const batch = pending.map(({ document }) => document);
      const inserted = await this.#insertUntilTaken(batch);
      for (const { position } of pending.slice(0, inserted)) isNew[position] = true;
      const rest = pending.slice(inserted + 1);
      const taken = await this.#taken(rest.map(({ document }) => document._id));
      pending = rest.filter(({ document }) => !taken.has(document._id));
    }
    return isNew;
  }

  /** What of these documents was there before they were inserted: their sizes, and the marks of their joins. */
  async #found(ids: readonly string[]): Promise<Found> {
    const options = { projection: { size: 1, mark: 1 } };
    const found = await this.#calls.make(REGISTER, () =>
      this.#collection.find({ _id: { $in: ids } }, options).toArray(),
    );
    return new Map(found.map((each) => [each._id, each]));
  }

  /** Inserts them in order as far as one whose id is taken. How many it inserted. */
  async #insertUntilTaken(documents: readonly JoinDocument[]): Promise<number> {
    const insertions = documents.map((document) => ({
      document,
      bytes: BSON.calculateObjectSize(document),
    }));
    const errors = await this.#calls.make(REGISTER, () => this.#writes.insert(insertions, true));
    const [error] = errors.values();
    if (error === undefined) return documents.length;
    if (error.code === DUPLICATE) return error.index;
    throw this.#calls.unavailable(REGISTER, error.errmsg ?? `error ${error.code}`, error);
  }

  #holder(join: string): Promise<Pick<JoinDocument, "claim" | "mark"> | null> {
    return this.#calls.make(CLAIM, () =>
      this.#collection.findOne({ _id: join }, { projection: { claim: 1, mark: 1 } }),
    );
  }

  async #taken(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const found = await this.#calls.make(REGISTER, () =>
      this.#collection.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray(),
    );
    return new Set(found.map(({ _id }) => _id));
  }

  async #readRace(
    join: string,
    arrivals: readonly MemberArrival[],
  ): Promise<{ readonly count: RaceCount; readonly policy: Racing } | null> {
    const options = { projection: { plan: 0, large: 0 }, useBigInt64: true };
    const stored = await this.#calls.make(COUNT, () => this.#collection.findOne({ _id: join }, options));
    if (stored === null || stored.race === undefined) return null;
    checkWithin(stored, arrivals);
    return raceOf(stored, stored.race);
  }

  /** Whether nobody had arrived since it was read. n.b. Also where nothing changes: what was read has to be durable. */
  async #recordRace(join: string, read: { readonly count: RaceCount }, after: RaceCount): Promise<boolean> {
    const { succeeded, lost, decision, count, failed, words } = after;
    const race = { "race.succeeded": succeeded, "race.lost": lost, "race.decision": decision };
    const update = { $set: { count, failed, ...race, ...wordFields(words) } };
    const { matchedCount } = await this.#calls.make(COUNT, () =>
      this.#collection.updateOne({ _id: join, count: read.count.count }, update),
    );
    return matchedCount === 1;
  }
}

interface Claiming {
  readonly join: string;
  readonly claimant: Claimant;
}

interface Retirement {
  readonly join: string;
  readonly expiresAtMs: number;
}

/** Joins in one write or read. */
const MOST = 500;

/** n.b. "0" follows "/": the range of the ids that begin with "<join>/". In an $or with the root some servers scan. */
function retirement(join: string, expiresAt: Date): readonly Update<JoinDocument>[] {
  const u = { $set: { expiresAt } };
  return [
    { q: { _id: { $gte: `${join}/`, $lt: `${join}0` } }, u, multi: true },
    { q: { _id: join, size: { $gte: 0 } }, u }, // not a mark where no join is
  ];
}

/**
 * A join whose claim this is; null for none. n.b. Which claims may be replaced (rule 28) is said by nobody but `claimed`: an
 * `$or` is a scan on some servers.
 */
function claimable(join: string, holder: Claimant | null): Filter<JoinDocument> {
  const claim =
    holder === null ? { claim: null } : { "claim.nonce": holder.nonce, "claim.turn": holder.turn };
  return { _id: join, mark: null, ...claim };
}

/** Documents of joins by their ids; a mark where no join is registered has no size. */
type Found = ReadonlyMap<string, Pick<JoinDocument, "mark"> & { readonly size?: number }>;

const NONE: Found = new Map();

/** Documents that tell a join's size: the root has its shards, and only the last of these is not full. */
function measuresOf(documents: readonly JoinDocument[]): readonly JoinDocument[] {
  return [...documents.slice(0, 1), ...documents.slice(1).slice(-1)];
}

/** What a join that was there, all its documents or some, is to whoever registers it. */
function comparedTo(documents: readonly JoinDocument[], found: Found): Registered {
  const [root] = documents;
  if ((found.get(root?._id ?? "")?.mark ?? null) !== null) return "marked";
  return measuresOf(documents).every(({ _id, size }) => (found.get(_id)?.size ?? size) === size)
    ? "known"
    : "other";
}

const REGISTER = "register joins";

const COUNT = "count arrivals";

const CLAIM = "claim a body";

/** More than any contention takes. */
const MOST_ROUNDS = 20;

/** Of all workers that arrive at once, one a round gets through. */
const MOST_RACE_ROUNDS = 1_000;
