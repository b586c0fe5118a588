import type {
  Cancel,
  Claim,
  Claimant,
  Counted,
  Failure,
  Join,
  JoinCount,
  JoinStore,
  MemberArrival,
  RaceCount,
  Raced,
  Registered,
  StoredJoin,
} from "@umbel/core";
import {
  claimed,
  countArrivals,
  documentsOf,
  isComplete,
  isRacing,
  isSameClaimant,
  openRace,
  raceArrivals,
} from "@umbel/core";
import { MemoryMarks } from "./marks.ts";
import { Sweeper, isExpired } from "./sweeper.ts";

/** The root of a join, or one of its shards. */
interface JoinDocument {
  /** Null for a shard. */
  readonly join: Join | null;
  counted: RaceCount;
  claim: Claimant | null;
  mark: Failure | null;
  expiresAtMs: number | null;
}

/** Null for a shard. */
function storedJoin({
  join,
  counted: { count, failed, decision },
  claim,
  mark,
}: JoinDocument): StoredJoin | null {
  return join && { ...join, count, failed, decision, claim, mark };
}

/**
 * Joins in this process: gone when it ends.
 *
 * @param options - `now`: the time in milliseconds since the epoch.
 */
export class MemoryJoins implements JoinStore {
  readonly #documents = new Map<string, JoinDocument>();
  readonly #sweeper = new Sweeper(this.#documents);
  readonly #marks: MemoryMarks;
  readonly #now: () => number;

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
    this.#marks = new MemoryMarks(options.now);
  }

  /** Documents held, with some that have expired and were not swept yet. */
  get size(): number {
    return this.#documents.size;
  }

  async open(): Promise<void> {}

  async register(joins: readonly Join[]): Promise<readonly Registered[]> {
    return joins.map((join) => this.#registerOne(join));
  }

  async arrive(document: string, arrivals: readonly MemberArrival[]): Promise<Counted | null> {
    const stored = this.#live(document);
    if (stored === undefined) return null;
    const { after, repeats } = countArrivals(stored.counted, withinSize(document, stored.counted, arrivals));
    stored.counted = { ...stored.counted, ...after };
    const counted = { size: after.size, count: after.count, failed: after.failed, repeats };
    const join = isComplete(counted) ? storedJoin(stored) : null;
    return join === null ? counted : { ...counted, join };
  }

  async race(join: string, arrivals: readonly MemberArrival[]): Promise<Raced | null> {
    const stored = this.#live(join);
    const policy = stored?.join?.policy;
    if (stored === undefined || !isRacing(policy)) return null;
    const { after, repeats } = raceArrivals(
      stored.counted,
      policy,
      withinSize(join, stored.counted, arrivals),
    );
    stored.counted = after;
    return { decision: after.decision, repeats };
  }

  async read(join: string): Promise<StoredJoin | null> {
    const stored = this.#live(join);
    return stored === undefined ? null : storedJoin(stored);
  }

  async claim(join: string, claimant: Claimant): Promise<Claim> {
    const stored = this.#live(join);
    if ((await this.markOf(join)) !== null) return "marked";
    if (stored === undefined) return "missing";
    stored.claim = claimed(stored.claim, claimant);
    return isSameClaimant(stored.claim, claimant) ? "mine" : "held";
  }

  async mark(joins: readonly string[], mark: Failure, expiresAtMs: number): Promise<void> {
    for (const join of joins) {
      const stored = this.#live(join);
      if (stored === undefined) this.#marks.bare.keep(join, mark, expiresAtMs);
      else stored.mark ??= mark;
    }
  }

  async markOf(join: string): Promise<Failure | null> {
    return this.#live(join)?.mark ?? this.#marks.bare.of(join);
  }

  async noteCancel(cancel: Cancel, expiresAtMs: number): Promise<void> {
    this.#marks.cancels.keep(cancel.scope, cancel, expiresAtMs);
  }

  async cancels(): Promise<readonly Cancel[]> {
    return this.#marks.cancels.all();
  }

  async retire(join: string, expiresAtMs: number): Promise<void> {
    const registered = this.#documents.get(join)?.join;
    if (!registered) return;
    for (const { id } of documentsOf(join, registered.size, registered.policy)) {
      const stored = this.#documents.get(id);
      if (stored !== undefined) stored.expiresAtMs = expiresAtMs;
    }
    this.#sweeper.note({ expiresAtMs });
  }

  async close(): Promise<void> {}

  #registerOne(join: Join): Registered {
    if ((this.#live(join.id)?.mark ?? this.#marks.bare.of(join.id)) !== null) return "marked";
    const documents = documentsOf(join.id, join.size, join.policy);
    this.#sweeper.advance(documents.length, this.#now());
    const missing = documents.filter(({ id }) => this.#live(id) === undefined);
    const isOther = documents.some(({ id, size }) => (this.#live(id)?.counted.size ?? size) !== size);
    for (const { id, size } of missing) {
      const root = id === join.id ? join : null;
      const open = { counted: openRace(size), claim: null, mark: null, expiresAtMs: null };
      this.#documents.set(id, { join: root, ...open });
    }
    return isOther ? "other" : missing.length === documents.length ? "new" : "known";
  }

  #live(id: string): JoinDocument | undefined {
    const stored = this.#documents.get(id);
    if (stored === undefined || !isExpired(stored, this.#now())) return stored;
    this.#documents.delete(id);
    return undefined;
  }
}

function withinSize(
  document: string,
  { size }: JoinCount,
  arrivals: readonly MemberArrival[],
): readonly MemberArrival[] {
  const stray = arrivals.find(({ index }) => index < 0 || index >= size);
  if (stray === undefined) return arrivals;
  throw new RangeError(
    `member ${stray.index} arrived at ${document}, which has ${size}: a bug of the caller's`,
  );
}
