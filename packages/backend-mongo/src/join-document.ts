import type { Claimant, Failure, Join, MemberArrival, RaceCount, Racing, StoredJoin } from "@umbel/core";
import { InvalidFlow, WORD_BITS, documentsOf, isRacing } from "@umbel/core";
import type { ObjectId } from "mongodb";
import { Long } from "mongodb";
import { LARGEST_DOCUMENT } from "./storable.ts";

/** The root of a join, or one of its shards, as it is stored. */
export interface JoinDocument {
  readonly _id: string;
  /** Bits of this document: members, or the shards of a root that has some. */
  readonly size: number;
  readonly count: number;
  readonly failed: number;
  /** The join as JSON text, so that neither its depth nor its keys matter; null for a shard, and where that is large. */
  readonly plan: string | null;
  /** The same where it is large: an arrival brings along what is in `plan`, and not this. */
  readonly large?: string;
  /** Who may run the body; null while nobody has claimed it. */
  readonly claim: Claimant | null;
  /** Of a race: its policy, who succeeded and who failed before it was decided, and the decision (rule 14). */
  readonly race?: RaceDocument;
  /** What everything below the join ends with; absent while nobody has ended it. */
  readonly mark?: Failure | null;
  /** Null until the join is retired (rule 15). */
  readonly expiresAt: Date | null;
  /** The update that counted a member last, so that a read can tell whether it has seen it; absent while none has. */
  readonly last?: ObjectId;
  /** Sixteen of them at most, but for a race; each of 63 bits, and so never negative. */
  readonly [word: `w${number}`]: Long;
}

interface RaceDocument extends Pick<RaceCount, "succeeded" | "lost" | "decision"> {
  readonly policy: Racing;
}

/**
 * A join's documents with nothing arrived, the root first.
 *
 * @throws {InvalidFlow} What comes after the join does not fit a document.
 */
export function documentsFor(join: Join): readonly JoinDocument[] {
  const plan = planOf(join);
  const { policy } = join;
  const race = isRacing(policy) && { race: { policy, succeeded: [], lost: [], decision: null } };
  return documentsOf(join.id, join.size, policy).map(({ id, size }) => ({
    _id: id,
    size,
    count: 0,
    failed: 0,
    ...(id === join.id ? textOf(plan) : NO_TEXT),
    claim: null,
    expiresAt: null,
    ...race,
    ...wordsFor(size),
  }));
}

/** The join that a root stands for; null for a shard. */
export function storedJoin(
  document: Pick<JoinDocument, "plan" | "large" | "count" | "failed" | "claim" | "race" | "mark">,
): StoredJoin | null {
  const { large, count, failed, claim, race, mark = null } = document;
  const plan = large ?? document.plan;
  if (typeof plan !== "string") return null; // a shard, or a mark where no join is registered
  return { ...(JSON.parse(plan) as Join), count, failed, claim, mark, decision: race?.decision ?? null };
}

/** Fields from which {@link storedJoin} makes a join that is no race, unless it is large. */
export const WITH_JOIN = { count: 1, failed: 1, plan: 1, claim: 1, mark: 1 } as const;

/** The words of a document that was read with `useBigInt64`. */
export function wordsOf(document: JoinDocument): readonly bigint[] {
  // n.b. not every server keeps a small word in 64 bits.
  const words = document as unknown as Readonly<Record<string, bigint | number>>;
  return Array.from({ length: wordCount(document.size) }, (_, word) => BigInt(words[`w${word}`] ?? 0));
}

/** What is counted of a race, from a document that was read with `useBigInt64`. */
export function raceOf(
  document: JoinDocument,
  race: RaceDocument,
): { readonly count: RaceCount; readonly policy: Racing } {
  const { policy, succeeded, lost, decision } = plainNumbers(race);
  const { size, count, failed } = plainNumbers({
    size: document.size,
    count: document.count,
    failed: document.failed,
  });
  return { count: { size, count, failed, words: wordsOf(document), succeeded, lost, decision }, policy };
}

/** @throws {RangeError} A member arrived that the document does not have. */
export function checkWithin({ _id, size }: JoinDocument, arrivals: readonly MemberArrival[]): void {
  const stray = arrivals.find(({ index }) => index < 0 || index >= size);
  if (stray === undefined) return;
  throw new RangeError(`member ${stray.index} arrived at ${_id}, which has ${size}: a bug of the caller's`);
}

/** The words as they are stored. */
export function wordFields(words: readonly bigint[]): Record<`w${number}`, Long> {
  return Object.fromEntries(words.map((word, i) => [`w${i}`, Long.fromBigInt(word)]));
}

/** n.b. What was read with `useBigInt64` may have its small numbers as BigInts, by the server. */
function plainNumbers<Value>(value: Value): Value {
  const plain = (_: string, each: unknown): unknown => (typeof each === "bigint" ? Number(each) : each);
  return JSON.parse(JSON.stringify(value, plain)) as Value;
}

function wordsFor(size: number): Record<`w${number}`, Long> {
  return Object.fromEntries(Array.from({ length: wordCount(size) }, (_, word) => [`w${word}`, Long.ZERO]));
}

function wordCount(size: number): number {
  return Math.ceil(size / WORD_BITS);
}

function textOf(plan: string): Pick<JoinDocument, "plan" | "large"> {
  return plan.length <= SMALL_PLAN ? { plan } : { plan: null, large: plan };
}

const NO_TEXT = { plan: null } as const;

/** Characters: each arrival brings as many along. */
const SMALL_PLAN = 2_000;

function planOf(join: Join): string {
  const plan = jsonOf(join);
  const bytes = plan === null ? Infinity : Buffer.byteLength(plan);
  if (plan !== null && bytes <= LARGEST_PLAN) return plan;
  const what =
    plan === null
      ? "too large or nested too deep for JSON"
      : `${(bytes / 1024 / 1024).toFixed(1)} MB as JSON`;
  throw new InvalidFlow(
    `what comes after group ${join.id} is ${what}, and a document of MongoDB's holds 16 MB; ` +
      "bind less to the steps after the group: store what is large elsewhere, and pass a reference to it",
  );
}

function jsonOf(join: Join): string | null {
  try {
    return JSON.stringify(join);
  } catch (error) {
    if (error instanceof RangeError) return null; // a string above V8's limit, or a stack that overflowed
    throw error;
  }
}

/** What a document holds beside its words and its other fields. */
const LARGEST_PLAN = LARGEST_DOCUMENT - 4_096;
