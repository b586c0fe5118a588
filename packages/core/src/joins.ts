import type { Cancel } from "./cancel.ts";
import type { Claimant, Join, MemberArrival } from "./join.ts";
import type { Failure } from "./outcome.ts";
import type { Decision } from "./race.ts";

/** What an arrival saw, in the very update that counted it. */
export interface Counted {
  readonly size: number;
  /** Null where others have arrived since and it cannot be told any more: it was not complete then. */
  readonly count: number | null;
  /** Of those that arrived; where the count is null, of those that have arrived since, too. */
  readonly failed: number;
  /** For each arrival, in order, whether its bit had been set before; true also where that cannot be told any more. */
  readonly repeats: readonly boolean[];
  /** The join, where that update left or found it complete: as it was then, or later. Absent where it is not at hand, and has to be read. */
  readonly join?: StoredJoin;
}

/** What the arrivals at a race saw. */
export interface Raced {
  /** Null while it is open. */
  readonly decision: Decision | null;
  /** For each arrival, in order, whether its bit had been set before. */
  readonly repeats: readonly boolean[];
}

/** A join as it is stored. */
export interface StoredJoin extends Join {
  /** Members (or shards, where there are any) that arrived. */
  readonly count: number;
  /** Of those, the ones that failed. */
  readonly failed: number;
  /** How a race was decided; null while it is open, and for what is no race. */
  readonly decision: Decision | null;
  /** Who may run the body; null while nobody has claimed it. */
  readonly claim: Claimant | null;
  /** What everything below it ends with; null while nobody has ended it. */
  readonly mark: Failure | null;
}

/**
 * `known`: it, or a part of it, was there. `marked`: somebody has ended it; no member of it may be published (rule 22).
 * `other`: what was there has another size (rule 2).
 */
export type Registered = "new" | "known" | "marked" | "other";

/**
 * `mine`: run the body. `held`: another publication has it. `missing`: there is no such join (rule 46). `marked`: the body
 * ends with the join's mark, whoever has the claim (rule 24).
 */
export type Claim = "mine" | "held" | "missing" | "marked";

/**
 * The port behind which joins are counted.
 *
 * The contract, tested by one suite for every store; `core/join.ts` is the specification of the counting:
 * 1. A join larger than `SHARD_SIZE` has a document for each shard beside its root (`documentsOf`).
 * 2. `register` never overwrites: what is there stays, counts and all. Each document's size is compared; a mark counts
 *    more than a size that differs.
 * 3. `arrive` is one atomic update guarded by "these bits are clear"; it never creates a document (rule 11).
 *    Each bit is counted once, whatever is repeated or races; a batch that meets a set bit is counted member by
 *    member (rule 12). Of the updates that found their bits clear the one that completes a document sees it complete, or its
 *    members are told to be repeats, which do, too: a join that is complete has somebody who knows.
 *    A race is counted by `race`, whose one update also records the decision (rule 14); `core/policy.ts` is its
 *    specification.
 * 4. `claim` is one atomic update: the first nonce has it, for ever; the same nonce asking again is `mine`.
 * 5. A join does not expire before `retire` (rule 15).
 *    A mark is put on a join, or where none is yet: then no join is registered there, it is not counted at, and what
 *    is read of it is null. A mark changes no count and stays.
 * 6. When the store cannot be reached every method rejects with `StoreUnavailable`; each is safe to repeat: an
 *    arrival whose answer was lost is a repeat then, and sees the count.
 */
export interface JoinStore {
  /** Connects. Calling it again does nothing. */
  open(): Promise<void>;
  /**
   * Registers joins in the order given (outer first), each root before its shards.
   *
   * @returns For each, whether it is new, was there already, is marked, or was there with another size.
   */
  register(joins: readonly Join[]): Promise<readonly Registered[]>;
  /**
   * Counts members at one document: the root of a small join, or a shard.
   *
   * @returns What the update saw; null when there is no such document.
   */
  arrive(document: string, arrivals: readonly MemberArrival[]): Promise<Counted | null>;
  /**
   * Counts members at a race, and records its decision in the same update.
   *
   * @returns What the update saw; null when there is no such race.
   */
  race(join: string, arrivals: readonly MemberArrival[]): Promise<Raced | null>;
  /** The join; null when there is none. */
  read(join: string): Promise<StoredJoin | null>;
  /** Asks to run a turn of the body of a join under this publication's nonce. */
  claim(join: string, claimant: Claimant): Promise<Claim>;
  /**
   * Marks joins, in the order given, also where none is registered yet (rule 22).
   *
   * @param expiresAtMs - When a mark without a join may be dropped; milliseconds since the epoch.
   */
  mark(joins: readonly string[], mark: Failure, expiresAtMs: number): Promise<void>;
  /** The mark of a join, also where none is registered; null where there is none. */
  markOf(join: string): Promise<Failure | null>;
  /** Keeps that a flow was cancelled until this time (milliseconds since the epoch): for workers that did not hear of it. */
  noteCancel(cancel: Cancel, expiresAtMs: number): Promise<void>;
  /** All that were cancelled and are still kept. */
  cancels(): Promise<readonly Cancel[]>;
  /** Lets the store drop the join, all its documents, after this time (milliseconds since the epoch). */
  retire(join: string, expiresAtMs: number): Promise<void>;
  close(): Promise<void>;
}
