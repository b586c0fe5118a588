import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JoinCount, MemberArrival } from "./join.ts";
import {
  MAX_MEMBERS,
  SHARD_SIZE,
  WORD_BITS,
  bitOf,
  countArrivals,
  documentsOf,
  isComplete,
  memberIds,
  openCount,
  placeOf,
} from "./join.ts";

/** A join's size, and members that arrive, some of them again; a member always says the same. */
function arrivals(): fc.Arbitrary<{ readonly size: number; readonly list: readonly MemberArrival[] }> {
  return fc.integer({ min: 1, max: SHARD_SIZE }).chain((size) =>
    fc.array(fc.nat({ max: size - 1 }), { maxLength: 200 }).map((indices) => ({
      size,
      list: indices.map((index) => ({ index, ok: index % 3 !== 0 })),
    })),
  );
}

function distinct(list: readonly MemberArrival[]): ReadonlySet<number> {
  return new Set(list.map(({ index }) => index));
}

describe("a join counts", () => {
  test("members, not deliveries", () => {
    fc.assert(
      fc.property(arrivals(), ({ size, list }) => {
        const { after, repeats } = countArrivals(openCount(size), list);
        const members = distinct(list);
        expect(after.count).toBe(members.size);
        expect(after.failed).toBe([...members].filter((index) => index % 3 === 0).length);
        expect(repeats.filter((isRepeat) => !isRepeat).length).toBe(members.size);
        expect(isComplete(after)).toBe(members.size === size);
      }),
    );
  });

  test("in any order, in any batches, however often the same", () => {
    const schedule = arrivals().chain((made) =>
      fc.record({
        made: fc.constant(made),
        again: fc.shuffledSubarray([...made.list, ...made.list], { minLength: 2 * made.list.length }),
        batch: fc.integer({ min: 1, max: 20 }),
      }),
    );
    fc.assert(
      fc.property(schedule, ({ made: { size, list }, again, batch }) => {
        let count = openCount(size);
        for (let i = 0; i < again.length; i += batch)
          count = countArrivals(count, again.slice(i, i + batch)).after;
        expect(count).toEqual(countArrivals(openCount(size), list).after);
      }),
    );
  });

  test("a member that arrives twice in one batch once", () => {
    const { after, repeats } = countArrivals(openCount(3), [
      { index: 2, ok: true },
      { index: 2, ok: true },
    ]);
    expect({ after, repeats }).toEqual({
      after: { size: 3, count: 1, failed: 0, words: [0b100n] },
      repeats: [false, true],
    });
  });

  test("what a member said first", () => {
    const first = countArrivals(openCount(2), [{ index: 0, ok: false }]).after;
    expect(countArrivals(first, [{ index: 0, ok: true }]).after).toEqual(first);
  });

  test("without changing what it was given", () => {
    const before: JoinCount = openCount(70);
    countArrivals(before, [{ index: 69, ok: true }]);
    expect(before).toEqual(openCount(70));
  });

  test("nobody at first, which completes an empty one only", () => {
    expect(isComplete(openCount(0))).toBe(true);
    expect(isComplete(openCount(1))).toBe(false);
  });
});

test("words have 63 bits, since MongoDB refuses the 64th", () => {
  expect(bitOf(0)).toEqual({ word: 0, mask: 1n });
  expect(bitOf(62)).toEqual({ word: 0, mask: 1n << 62n });
  expect(bitOf(63)).toEqual({ word: 1, mask: 1n });
  const all = Array.from({ length: SHARD_SIZE }, (_, index) => ({ index, ok: true }));
  const { words } = countArrivals(openCount(SHARD_SIZE), all).after;
  expect(words).toEqual(Array.from({ length: 16 }, () => (1n << 63n) - 1n));
  expect(openCount(SHARD_SIZE).words.length * WORD_BITS).toBe(SHARD_SIZE);
});

describe("the documents of a join", () => {
  test("hold every member once, and the root every shard once", () => {
    for (let size = 0; size <= 3000; size += 1) expectToAgree(size, size % 37 === 0 || size % SHARD_SIZE < 3);
    expectToAgree(MAX_MEMBERS, true);
  });

  test("are one up to 1,008 members, and a root with shards above", () => {
    expect(documentsOf("J", SHARD_SIZE)).toEqual([{ id: "J", size: 1008 }]);
    expect(documentsOf("J", SHARD_SIZE + 1)).toEqual([
      { id: "J", size: 2 },
      { id: "J/0", size: 1008 },
      { id: "J/1", size: 1 },
    ]);
    expect(documentsOf("J", MAX_MEMBERS)[0]).toEqual({ id: "J", size: 1008 });
  });

  test("say where a member's bit is", () => {
    expect(placeOf("J", 3, 2)).toEqual({ document: "J", index: 2, shard: null });
    expect(placeOf("J", 2000, 1008)).toEqual({ document: "J/1", index: 0, shard: 1 });
  });
});

test("the members' ids follow from the join's, except a foreign client's", () => {
  expect(memberIds({ id: "J", size: 2, members: null })).toEqual(["J.0", "J.1"]);
  expect(memberIds({ id: "J", size: 2, members: ["b", "a"] })).toEqual(["b", "a"]);
});

/** Whether `documentsOf` and `placeOf` mean the same documents; of all members, or of the first and the last few. */
function expectToAgree(size: number, isWhole: boolean): void {
  const documents = documentsOf("J", size);
  const [root, ...shards] = documents;
  const members = shards.length === 0 ? size : shards.reduce((sum, shard) => sum + shard.size, 0);
  if (members !== size || (shards.length > 0 && root?.size !== shards.length))
    throw new Error(`documents of ${size}`);
  const filled = new Map(documents.map(({ id }) => [id, 0]));
  for (let index = 0; index < size; index += 1) {
    if (!isWhole && index > 2 && index < size - 2) continue;
    const place = placeOf("J", size, index);
    const document = place.shard === null ? root : shards[place.shard];
    const isThere = document?.id === place.document && place.index < document.size;
    const isNext = !isWhole || filled.get(place.document) === place.index;
    if (!isThere || !isNext) throw new Error(`member ${index} of ${size}`);
    filled.set(place.document, place.index + 1);
  }
}
