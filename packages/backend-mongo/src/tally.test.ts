import type { JoinCount, MemberArrival } from "@umbel/core";
import { SHARD_SIZE, countArrivals, openCount } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Tally } from "./tally.ts";
import { filterOf, tallyOf, updateOf } from "./tally.ts";

test("what a tally adds is what the reducer adds, when its words are those of the document", () => {
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

test("a tally does not match a document with other words, where that would count otherwise", () => {
  fc.assert(
    fc.property(batches(), batches(), batches(), (known, since, batch) => {
      const then = countArrivals(openCount(SHARD_SIZE), known).after;
      const now = countArrivals(then, since).after;
      const tally = tallyOf(batch, then.words);
      const counted = countArrivals(now, batch);
      const isSame = counted.repeats.every((repeat, i) => repeat === tally.repeats[i]);
      expect(applied(now, tally)).toEqual(isSame ? counted.after : null);
    }),
  );
});

test("the update of one arrival is one word's", () => {
  const tally = tallyOf([{ index: 125, ok: false }], []);
  expect(JSON.parse(JSON.stringify([filterOf("join", tally), updateOf(tally)]))).toEqual([
    {
      _id: "join",
      size: { $gt: 125 },
      w1: { $bitsAllClear: { low: 0, high: 1_073_741_824, unsigned: false } },
    },
    {
      $inc: { count: 1, failed: 1 },
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
  const word = (i: number): bigint => count.words[i] ?? 0n;
  const matches =
    [...tally.clear].every(([i, mask]) => (word(i) & mask) === 0n) &&
    [...tally.set].every(([i, mask]) => (word(i) & mask) === mask) &&
    count.size > tally.highest;
  if (!matches) return null;
  const words = count.words.map((each, i) => each | (tally.clear.get(i) ?? 0n));
  return { size: count.size, count: count.count + tally.count, failed: count.failed + tally.failed, words };
}
