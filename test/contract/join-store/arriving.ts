import type { Counted, JoinCount, MemberArrival } from "@umbel/core";
import { SHARD_SIZE, cancelFailure, countArrivals, documentsOf, openCount } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JoinsUnderTest } from "./world.ts";
import { claimant, clientAt, countOf, failed, joinOf, ok, untouched } from "./world.ts";

const LATER_MS = 9_000_000_000_000;

export function testArriving(on: JoinsUnderTest): void {
  test("a member that arrives twice counts once", async () => {
    const { id } = await on.registered(3);
    expect(await on.store.arrive(id, [ok(1)])).toEqual({ size: 3, count: 1, failed: 0, repeats: [false] });
    expect(await on.other.arrive(id, [ok(1)])).toEqual({ size: 3, count: 1, failed: 0, repeats: [true] });
    expect(await on.store.arrive(id, [failed(1)])).toEqual({
      size: 3,
      count: 1,
      failed: 0,
      repeats: [true],
    });
  });

  test("a batch that meets a member which was there counts the others", async () => {
    const { id } = await on.registered(200);
    await on.other.arrive(id, [failed(2), ok(70), ok(199)]);
    const counted = await on.store.arrive(id, [ok(0), ok(2), failed(3), ok(70), failed(71), ok(130)]);
    const repeats = [false, true, false, true, false, false];
    expect(counted).toEqual({ size: 200, count: 7, failed: 3, repeats });
  });

  test("a batch of nothing but repeats changes nothing, and sees the count", async () => {
    const { id } = await on.registered(130);
    const batch = [ok(0), failed(64), ok(129)];
    await on.store.arrive(id, batch);
    expect(await on.other.arrive(id, batch)).toEqual({
      size: 130,
      count: 3,
      failed: 1,
      repeats: [true, true, true],
    });
  });

  test("a member twice in one batch counts once, as the first of them says", async () => {
    const { id } = await on.registered(5);
    const counted = await on.store.arrive(id, [failed(4), ok(4), ok(0), failed(0)]);
    expect(counted).toEqual({ size: 5, count: 2, failed: 1, repeats: [false, true, false, true] });
  });

  test("a repeat sees a complete join complete", async () => {
    const { id } = await on.registered(2);
    await on.store.arrive(id, [ok(0)]);
    await on.store.arrive(id, [failed(1)]);
    const seen = await on.other.arrive(id, [ok(0)]);
    expect(countOf(seen)).toEqual({ size: 2, count: 2, failed: 1, repeats: [true] });
  });

  test.each([3, SHARD_SIZE + 1])(
    "what an arrival brings along is the join as it is, at the root of one of %i and only when that is complete",
    async (size) => {
      const join = await on.registered(size);
      const [root, ...shards] = documentsOf(join.id, size);
      const whole = root?.size ?? 0;
      const bring = async (count: number): Promise<void> => {
        const all = Array.from({ length: count }, (_, index) => ({ index, ok: index > 0 }));
        const brought = (await on.other.arrive(join.id, all))?.join ?? null;
        expect([null, count === whole ? await on.store.read(join.id) : null]).toContainEqual(brought);
      };
      for (const shard of shards) {
        const all = Array.from({ length: shard.size }, (_, index) => ok(index));
        expect(await on.store.arrive(shard.id, all)).not.toHaveProperty("join");
      }
      await bring(1);
      await bring(whole);
      await on.store.claim(join.id, claimant("nonce"));
      await bring(whole);
      await on.store.mark([join.id], cancelFailure("not needed", "umbel.cancel", "flow!cancel"), LATER_MS);
      await bring(whole);
    },
  );

  test("the first and the last bit of a word are bits like all others", async () => {
    const { id } = await on.registered(SHARD_SIZE);
    const edges = [0, 61, 62, 63, 64, 125, 126, 944, 945, 1_006, 1_007];
    for (const [i, index] of edges.entries()) {
      expect(await on.store.arrive(id, [ok(index)])).toMatchObject({ count: i + 1, repeats: [false] });
      expect(await on.other.arrive(id, [ok(index)])).toMatchObject({ count: i + 1, repeats: [true] });
    }
    const all = Array.from({ length: SHARD_SIZE }, (_, index) => ok(index));
    const repeats = all.map(({ index }) => edges.includes(index));
    expect(countOf(await on.store.arrive(id, all))).toEqual({
      size: SHARD_SIZE,
      count: SHARD_SIZE,
      failed: 0,
      repeats,
    });
  });

  test("one batch may bring all members of a document", async () => {
    const { id } = await on.registered(SHARD_SIZE);
    const all = Array.from({ length: SHARD_SIZE }, (_, index) => ({ index, ok: index % 2 === 0 }));
    const counted = await on.store.arrive(id, all);
    expect(counted).toMatchObject({ size: SHARD_SIZE, count: SHARD_SIZE, failed: SHARD_SIZE / 2 });
    expect(counted?.repeats).toEqual(all.map(() => false));
  });

  test("the shards of a join and its root are counted apart", async () => {
    const join = await on.registered(SHARD_SIZE + 1);
    const [root, first, second] = documentsOf(join.id, join.size).map(({ id }) => id) as [
      string,
      string,
      string,
    ];
    expect(await on.store.arrive(second, [ok(0)])).toEqual({
      size: 1,
      count: 1,
      failed: 0,
      repeats: [false],
    });
    expect(await on.store.arrive(first, [ok(0)])).toMatchObject({ size: SHARD_SIZE, count: 1 });
    expect(await on.store.arrive(root, [failed(1)])).toEqual({
      size: 2,
      count: 1,
      failed: 1,
      repeats: [false],
    });
    expect(await on.store.read(join.id)).toEqual({ ...untouched(join), count: 1, failed: 1 });
    expect(await on.store.read(first)).toBeNull();
  });

  test("at a join that is not there it gives null, and makes none", async () => {
    const join = joinOf(3);
    expect(await on.store.arrive(join.id, [ok(0)])).toBeNull();
    expect(await on.store.arrive(join.id, [ok(0), ok(1)])).toBeNull();
    expect(await on.store.arrive(join.id, [])).toBeNull();
    expect(await on.store.read(join.id)).toBeNull();
    expect(await on.store.register([join])).toEqual(["new"]);
  });

  test("a member that the join does not have is a bug of the caller's, and counts nothing", async () => {
    const { id } = await on.registered(64);
    await expect(on.store.arrive(id, [ok(64)])).rejects.toThrow(RangeError);
    await expect(on.store.arrive(id, [ok(0), ok(500)])).rejects.toThrow(RangeError);
    await expect(on.store.arrive(id, [ok(-1)])).rejects.toThrow(RangeError);
    expect(await on.store.arrive(id, [])).toEqual({ size: 64, count: 0, failed: 0, repeats: [] });
  });

  test("arrivals one after another count as the reducer does", async () => {
    await fc.assert(
      fc.asyncProperty(sizes().chain(batchesFor), async ({ size, batches }) => {
        const { id } = await on.registered(size);
        const expected = reduced(size, batches);
        const seen: ReturnType<typeof countOf>[] = [];
        for (const [i, batch] of batches.entries())
          seen.push(countOf(await clientAt(on.world, i).arrive(id, batch)));
        expect(seen).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  test("arrivals that race count each member once, and one of them completes the join", async () => {
    await fc.assert(
      fc.asyncProperty(sizes().chain(batchesFor), async ({ size, batches }) => {
        const { id } = await on.registered(size);
        const seen = await Promise.all(batches.map((batch, i) => clientAt(on.world, i).arrive(id, batch)));
        checkCounts(batches, seen, await on.store.arrive(id, []));
      }),
      { numRuns: 25 },
    );
  });
}

export function testArrivingTogether(on: JoinsUnderTest): void {
  test("counts at each what comes there", async () => {
    const several = await Promise.all([3, 2, 64, SHARD_SIZE].map((size) => on.registered(size)));
    for (const [k, index] of [0, 1].entries()) {
      const seen = await Promise.all(several.map(({ id }) => on.store.arrive(id, [ok(index)])));
      const expected = several.map(({ size }) => ({ size, count: k + 1, failed: 0, repeats: [false] }));
      expect(seen.map(countOf)).toEqual(expected);
    }
    const again = await Promise.all(several.map(({ id }) => on.other.arrive(id, [failed(1)])));
    expect(again.map(countOf)).toEqual(
      several.map(({ size }) => ({ size, count: 2, failed: 0, repeats: [true] })),
    );
  });

  test("one that repeats, one that is missing and one that is a bug leave the others as they are", async () => {
    const [a, b, c] = await Promise.all([on.registered(2), on.registered(2), on.registered(2)]);
    await on.store.arrive(b.id, [ok(0)]);
    const seen = await Promise.allSettled([
      on.other.arrive(a.id, [failed(1)]),
      on.other.arrive(b.id, [ok(0), ok(1)]),
      on.other.arrive(joinOf(2).id, [ok(0)]),
      on.other.arrive(c.id, [ok(2)]),
      on.other.arrive(a.id, [ok(0)]),
    ]);
    const [first, second, third, fourth, fifth] = seen;
    expect(first).toMatchObject({ status: "fulfilled", value: { size: 2 } });
    expect(second).toMatchObject({ value: { size: 2, count: 2, failed: 0, repeats: [true, false] } });
    expect(third).toEqual({ status: "fulfilled", value: null });
    expect(fourth).toMatchObject({ status: "rejected", reason: expect.any(RangeError) });
    expect(fifth).toMatchObject({ value: { size: 2, count: 2, failed: 1, repeats: [false] } });
    expect(await on.store.arrive(c.id, [])).toMatchObject({ count: 0 });
    expect(await on.store.arrive(a.id, [])).toMatchObject({ count: 2, failed: 1 });
  });

  test("of arrivals that race, at each document there is one that knows it complete", async () => {
    for (let round = 0; round < 10; round += 1) {
      const several = await Promise.all(Array.from({ length: 12 }, () => on.registered(6)));
      const members = [0, 1, 2, 3, 4, 5];
      const seen = await Promise.all(
        several.flatMap(({ id }) =>
          members.map(async (index) => {
            const counted = await clientAt(on.world, index).arrive(id, [{ index, ok: index > 0 }]);
            return { id, counted };
          }),
        ),
      );
      for (const { id } of several) {
        const answers = seen.filter((each) => each.id === id).flatMap(({ counted }) => counted ?? []);
        const complete = answers.filter(({ count }) => count === 6);
        expect(answers.length).toBe(6);
        expect(complete.length).toBeGreaterThan(0);
        expect(complete.filter(({ repeats }) => repeats[0] === false).length).toBeLessThanOrEqual(1);
        expect(complete.every((each) => each.failed === 1)).toBe(true);
        expect(countOf(await on.store.arrive(id, []))).toEqual({ size: 6, count: 6, failed: 1, repeats: [] });
      }
    }
  });
}

/** What the reducer sees of batches that arrive one after another. */
function reduced(size: number, batches: readonly (readonly MemberArrival[])[]): readonly Counted[] {
  let before: JoinCount = openCount(size);
  return batches.map((batch) => {
    const { after, repeats } = countArrivals(before, batch);
    before = after;
    return { size, count: after.count, failed: after.failed, repeats };
  });
}

/** Of all arrivals of a member, whatever their order was, one counted; and one batch was the one that completed. */
function checkCounts(
  batches: readonly (readonly MemberArrival[])[],
  seen: readonly (Counted | null)[],
  final: Counted | null,
): void {
  const counted = batches.flatMap((batch, i) => batch.filter((_, j) => seen[i]?.repeats[j] === false));
  const members = new Set(batches.flat().map(({ index }) => index));
  expect(counted.map(({ index }) => index).toSorted(byValue)).toEqual([...members].toSorted(byValue));
  expect(final).toMatchObject({ count: members.size, failed: counted.filter((each) => !each.ok).length });
  // What a batch saw is what its own update left: no two that counted something saw the same count.
  const counts = seen.filter((each) => each?.repeats.includes(false)).map((each) => each?.count);
  expect(new Set(counts).size).toBe(counts.length);
  expect(Math.max(0, ...counts.map(Number))).toBe(members.size);
}

function sizes(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(62, 63, 64, 126, 127, SHARD_SIZE));
}

/** Batches of arrivals at a document of this size, with many repeats where it is small. */
function batchesFor(size: number): fc.Arbitrary<{ size: number; batches: MemberArrival[][] }> {
  const edges = [0, size - 1, Math.min(62, size - 1), Math.min(63, size - 1)];
  const index = fc.oneof(fc.nat({ max: size - 1 }), fc.constantFrom(...edges));
  const arrival = fc.record({ index, ok: fc.boolean() });
  const batch = fc.array(arrival, { maxLength: 12 });
  return fc.array(batch, { minLength: 1, maxLength: 8 }).map((batches) => ({ size, batches }));
}

function byValue(a: number, b: number): number {
  return a - b;
}
