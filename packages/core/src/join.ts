import type { Continuation } from "./message.ts";
import { childId } from "./ids.ts";
import type { PlacedNode, PlacedTask } from "./node.ts";
import type { Policy } from "./policy.ts";
import { isRacing } from "./policy.ts";

/** Bits in a word. MongoDB's `$bitsAllClear` refuses bit 63, so a word has 63. */
export const WORD_BITS = 63;

/** Members of one document: sixteen words. Larger groups are split over shards. */
export const SHARD_SIZE = 1008;

/** The most members a group can have: a root document of {@link SHARD_SIZE} shards. */
export const MAX_MEMBERS: number = SHARD_SIZE * SHARD_SIZE;

/** A join as it is registered: what waits for the members of a group, and what it does then. */
export interface Join {
  /** The id of the group. */
  readonly id: string;
  /** Members of the group. */
  readonly size: number;
  /** The body, which is its first step, and what comes after that. */
  readonly next: Continuation;
  readonly flow: string;
  readonly replyTo: string | null;
  /** The members' ids where they do not follow from the join's (a foreign client's); else null. */
  readonly members: readonly string[] | null;
  /** One a member, where the body gets a record of their results; absent where it gets the list. */
  readonly keys?: readonly string[];
  /** Whether each member's value is a list, and the body gets one list of all of them. */
  readonly flat?: true;
  /** When it is decided, and as what; absent for `all`. */
  readonly policy?: Exclude<Policy, "all">;
  /** Of a race its members, so that whoever decides it can end those that lost (rule 35). */
  readonly racers?: readonly PlacedNode[];
  /** Of a compensation what undoes its members, one each; the last member, the flow's end, has none (rule 37). */
  readonly undos?: readonly PlacedTask[];
}

/** What is counted of one document: the root of a join, or one shard of it. */
export interface JoinCount {
  readonly size: number;
  /** Members that arrived. */
  readonly count: number;
  /** Those of them that failed. */
  readonly failed: number;
  /** One bit a member, in words of {@link WORD_BITS}. */
  readonly words: readonly bigint[];
}

/** One member's arrival at a document. */
export interface MemberArrival {
  /** Its bit: from 0 to the document's size - 1. */
  readonly index: number;
  readonly ok: boolean;
}

/** Who asks to run the body of a join. */
export interface Claimant {
  /** The nonce of the publication. */
  readonly nonce: string;
  /** The turn of the body that it begins. */
  readonly turn: number;
}

/**
 * Who has the body once this one has asked: the specification of every store's claim (rules 9 and 28).
 *
 * The first of a turn has it, and a later turn takes it over from an earlier one.
 */
export function claimed(holder: Claimant | null, asking: Claimant): Claimant {
  return holder === null || holder.turn < asking.turn ? asking : holder;
}

/** Whether two are the same. */
export function isSameClaimant(one: Claimant, other: Claimant): boolean {
  return one.nonce === other.nonce && one.turn === other.turn;
}

/** Nothing has arrived yet. */
export function openCount(size: number): JoinCount {
  return { size, count: 0, failed: 0, words: Array.from({ length: Math.ceil(size / WORD_BITS) }, () => 0n) };
}

/**
 * Counts the members that had not arrived before: the specification of every store's update (rule 11).
 *
 * @returns The new count, and for each arrival whether it repeats an earlier one.
 */
export function countArrivals(
  before: JoinCount,
  arrivals: readonly MemberArrival[],
): { readonly after: JoinCount; readonly repeats: readonly boolean[] } {
  const words = [...before.words];
  let { count, failed } = before;
  const repeats = arrivals.map(({ index, ok }) => {
    const { word, mask } = bitOf(index);
    const current = words[word] ?? 0n;
    if ((current & mask) !== 0n) return true;
    words[word] = current | mask;
    count += 1;
    if (!ok) failed += 1;
    return false;
  });
  return { after: { size: before.size, count, failed, words }, repeats };
}

/** Whether every member has arrived. */
export function isComplete({
  count,
  size,
}: {
  readonly count: number | null;
  readonly size: number;
}): boolean {
  return count === size;
}

/** The word and the mask of a member's bit. */
export function bitOf(index: number): { readonly word: number; readonly mask: bigint } {
  return { word: Math.floor(index / WORD_BITS), mask: 1n << BigInt(index % WORD_BITS) };
}

/** The documents of a join of this size: the root first, then its shards where it has any. A race has one. */
export function documentsOf(
  join: string,
  size: number,
  policy?: Policy,
): readonly { readonly id: string; readonly size: number }[] {
  if (size <= SHARD_SIZE || isRacing(policy)) return [{ id: join, size }];
  const shards = Math.ceil(size / SHARD_SIZE);
  return [
    { id: join, size: shards },
    ...Array.from({ length: shards }, (_, shard) => ({
      id: shardId(join, shard),
      size: Math.min(SHARD_SIZE, size - shard * SHARD_SIZE),
    })),
  ];
}

/** Where a member's bit is, and, for a shard, which bit of the root the shard has. */
export function placeOf(
  join: string,
  size: number,
  index: number,
): { readonly document: string; readonly index: number; readonly shard: number | null } {
  if (size <= SHARD_SIZE) return { document: join, index, shard: null };
  const shard = Math.floor(index / SHARD_SIZE);
  return { document: shardId(join, shard), index: index % SHARD_SIZE, shard };
}

/** The ids of all members, in the order of the group. */
export function memberIds(join: Pick<Join, "id" | "size" | "members">): readonly string[] {
  return join.members ?? Array.from({ length: join.size }, (_, i) => childId(join.id, i));
}

function shardId(join: string, shard: number): string {
  return `${join}/${shard}`;
}
