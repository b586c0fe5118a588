import type { JoinCount, MemberArrival } from "@umbel/core";
import { SHARD_SIZE, countArrivals, openCount } from "@umbel/core";
import fc from "fast-check";
import type { Long } from "mongodb";
import { ObjectId } from "mongodb";
import { expect, test } from "vitest";
import type { Tally } from "./tally.ts";
import { filterOf, tallyOf, updateOf } from "./tally.ts";

const LAST = new ObjectId();

test("what an update adds is what the reducer adds, when the words are those of the document", () => {
  fc.assert(
    fc.property(fc.array(batches()), batches(), (before, batch) => {
      const count = before.reduce((some, each) => countArrivals(some, each).after, openCount(SHARD_SIZE));
      const tally = tallyOf(batch, count.words);
      const { after, repeats } = countArrivals(count, batch);
      expect(applied(count, tally)).toEqual(after);
      expect(tally.repeats).toEqual(repeats);
    }),
  );
});

test("an update does not match a document where it would count otherwise than its tally says", () => {
  fc.assert(
    fc.property(batches(), batches(), batches(), (one, another, batch) => {
      // Whichever came first: bits may have come since, and where a server failed they may have gone.
      const read = countArrivals(openCount(SHARD_SIZE), one).after;
      const now = countArrivals(openCount(SHARD_SIZE), another).after;
      const tally = tallyOf(batch, read.words);
      const counted = countArrivals(now, batch);
      const isSame = counted.repeats.every((repeat, i) => repeat === tally.repeats[i]);
      expect(applied(now, tally)).toEqual(isSame ? counted.after : null);
    }),
  );
});

test("an update does not match a document that has too few members", () => {
  expect(applied(openCount(70), tallyOf([{ index: 69, ok: true }], []))).not.toBeNull();
  expect(applied(openCount(69), tallyOf([{ index: 69, ok: true }], []))).toBeNull();
});

test("the update of one arrival is one word's", () => {
  const tally = tallyOf([{ index: 125, ok: false }], []);
  expect(JSON.parse(JSON.stringify([filterOf("join", tally), updateOf(tally, LAST)]))).toEqual([
    {
      _id: "join",
      size: { $gt: 125 },
      w1: { $bitsAllClear: { low: 0, high: 1_073_741_824, unsigned: false } },
    },
    {
      $inc: { count: 1, failed: 1 },
      $set: { last: LAST.toHexString() },
      $bit: { w1: { or: { low: 0, high: 1_073_741_824, unsigned: false } } },
    },
  ]);
});

function batches(): fc.Arbitrary<MemberArrival[]> {
  const index = fc.oneof(fc.nat({ max: SHARD_SIZE - 1 }), fc.constantFrom(0, 61, 62, 63, 125, 126, 1_007));
  return fc.array(fc.record({ index, ok: fc.boolean() }), { maxLength: 6 });
}

/** What MongoDB makes of a document: null where the filter does not match. */
function applied(count: JoinCount, tally: Tally): JoinCount | null {
  const { _id, size, ...bits } = filterOf("join", tally) as Filtered;
  const { $inc, $bit = {} } = updateOf(tally, LAST) as Updated;
  const matches = Object.entries(bits).every(([word, { $bitsAllClear, $bitsAllSet }]) => {
    const bitsOf = count.words[Number(word.slice(1))] ?? 0n;
    const set = $bitsAllSet?.toBigInt() ?? 0n;
    return (bitsOf & ($bitsAllClear?.toBigInt() ?? 0n)) === 0n && (bitsOf & set) === set;
  });
  if (!matches || count.size <= size.$gt) return null;
  const words = count.words.map((word, i) => word | ($bit[`w${i}`]?.or.toBigInt() ?? 0n));
  return { size: count.size, count: count.count + $inc.count, failed: count.failed + $inc.failed, words };
}

interface Filtered {
  readonly _id: string;
  readonly size: { readonly $gt: number };
  readonly [word: `w${number}`]: { readonly $bitsAllClear?: Long; readonly $bitsAllSet?: Long };
}

interface Updated {
  readonly $inc: { readonly count: number; readonly failed: number };
  readonly $bit?: { readonly [word: `w${number}`]: { readonly or: Long } };
}
