import type { MemberArrival } from "@umbel/core";
import { bitOf } from "@umbel/core";
import type { Filter, ObjectId, UpdateFilter } from "mongodb";
import { Long } from "mongodb";
import type { JoinDocument } from "./join-document.ts";

/** What one update does for some arrivals, if the bits are as they were taken to be. */
export interface Tally {
  /** By word: the bits to be clear, and then set. */
  readonly clear: ReadonlyMap<number, bigint>;
  /** By word: the bits to be set already. */
  readonly set: ReadonlyMap<number, bigint>;
  readonly count: number;
  readonly failed: number;
  /** For each arrival, whether it repeats an earlier one. */
  readonly repeats: readonly boolean[];
  /** The highest of the members; -1 when there is none. */
  readonly highest: number;
}

/**
 * What is to be done, given what is known of the document.
 *
 * @param words - Its words as they were last read; bits of absent ones are taken for clear.
 */
export function tallyOf(arrivals: readonly MemberArrival[], words: readonly bigint[]): Tally {
  const clear = new Map<number, bigint>();
  const set = new Map<number, bigint>();
  let [count, failed, highest] = [0, 0, -1];
  const repeats = arrivals.map(({ index, ok }) => {
    const { word, mask } = bitOf(index);
    highest = Math.max(highest, index);
    const isSet = has(words[word], mask);
    const isRepeat = isSet || has(clear.get(word), mask);
    add(isSet ? set : clear, word, mask);
    if (isRepeat) return true;
    count += 1;
    if (!ok) failed += 1;
    return false;
  });
  return { clear, set, count, failed, repeats, highest };
}

/** Matches the document while its bits are as the tally takes them for, and all of its members are members. */
export function filterOf(document: string, { clear, set, highest }: Tally): Filter<JoinDocument> {
  const bits: Record<string, { $bitsAllClear?: Long; $bitsAllSet?: Long }> = {};
  for (const [word, mask] of clear) bits[`w${word}`] = { $bitsAllClear: Long.fromBigInt(mask) };
  for (const [word, mask] of set)
    bits[`w${word}`] = { ...bits[`w${word}`], $bitsAllSet: Long.fromBigInt(mask) };
  return { _id: document, size: { $gt: highest }, ...bits };
}

/**
 * Sets the bits and adds to the counts; where all are repeats it changes nothing, and still reads what is durable.
 *
 * @param last - What the update is known by.
 */
export function updateOf({ clear, count, failed }: Tally, last: ObjectId): UpdateFilter<JoinDocument> {
  const counts = { $inc: { count, failed } };
  if (clear.size === 0) return counts;
  return {
    ...counts,
    $set: { last },
    $bit: Object.fromEntries([...clear].map(([word, mask]) => [`w${word}`, { or: Long.fromBigInt(mask) }])),
  };
}

function has(word: bigint | undefined, mask: bigint): boolean {
  return word !== undefined && (word & mask) !== 0n;
}

function add(masks: Map<number, bigint>, word: number, mask: bigint): void {
  masks.set(word, (masks.get(word) ?? 0n) | mask);
}
