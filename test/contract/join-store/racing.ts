import type { Decision, MemberArrival, Racing } from "@umbel/core";
import { MAX_RACERS, SHARD_SIZE, openRace, raceArrivals } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JoinsUnderTest } from "./world.ts";
import { clientAt, failed, joinOf, ok } from "./world.ts";

export function testRacing(on: JoinsUnderTest): void {
  test.each<[policy: Racing, arrivals: readonly MemberArrival[], decision: Decision | null]>([
    ["any", [failed(1)], null],
    ["any", [failed(1), ok(2), ok(0)], { ok: true, members: [2], by: 2 }],
    ["any", [failed(1), failed(2), failed(0)], { ok: false, members: [0, 1, 2], by: 0 }],
    ["race", [failed(1), ok(0)], { ok: false, members: [1], by: 1 }],
    ["race", [ok(1), failed(0)], { ok: true, members: [1], by: 1 }],
    [{ quorum: 2 }, [ok(2), failed(1)], null],
    [{ quorum: 2 }, [ok(2), failed(1), ok(0)], { ok: true, members: [0, 2], by: 0 }],
    [{ quorum: 2 }, [failed(2), failed(1), ok(0)], { ok: false, members: [1, 2], by: 1 }],
  ])("of the policy %o is decided as its policy says", async (policy, arrivals, decision) => {
    const { id } = await on.registered(3, { policy });
    for (const arrival of arrivals) await on.other.race(id, [arrival]);
    expect(await on.store.read(id)).toMatchObject({ decision, policy });
    const { id: atOnce } = await on.registered(3, { policy });
    const repeats = arrivals.map(() => false);
    expect(await on.store.race(atOnce, arrivals)).toEqual({ decision, repeats });
  });

  test("counts a member once, and keeps its decision", async () => {
    const { id } = await on.registered(3, { policy: "race" });
    const decision = { ok: true, members: [1], by: 1 };
    expect(await on.store.race(id, [ok(1)])).toEqual({ decision, repeats: [false] });
    expect(await on.other.race(id, [failed(1), ok(0)])).toEqual({ decision, repeats: [true, false] });
    expect(await on.store.race(id, [])).toEqual({ decision, repeats: [] });
    expect(await on.store.read(id)).toMatchObject({ count: 2, failed: 0, decision });
  });

  test("at a join that is not there, or is no race, gives null, and makes none", async () => {
    expect(await on.store.race(joinOf(3).id, [ok(0)])).toBeNull();
    expect(await on.store.race((await on.registered(3)).id, [ok(0)])).toBeNull();
    const settled = await on.registered(3, { policy: "settled" });
    expect(await on.store.race(settled.id, [ok(0)])).toBeNull();
  });

  test("of more members than a document of another join has is in one, too", async () => {
    const { id, size } = await on.registered(MAX_RACERS, { policy: { quorum: 2 } });
    await on.store.race(id, [ok(size - 1), failed(SHARD_SIZE)]);
    expect(await on.other.race(id, [ok(0), ok(size - 1)])).toEqual({
      decision: { ok: true, members: [0, size - 1], by: 0 },
      repeats: [false, true],
    });
    await expect(on.store.race(id, [ok(size)])).rejects.toThrow(RangeError);
  });

  test("with arrivals one after another is decided as the reducer does", async () => {
    await fc.assert(
      fc.asyncProperty(races(), async ({ size, policy, batches }) => {
        const { id } = await on.registered(size, { policy });
        let race = openRace(size);
        for (const [i, batch] of batches.entries()) {
          const { after, repeats } = raceArrivals(race, policy, batch);
          race = after;
          expect(await clientAt(on.world, i).race(id, batch)).toEqual({ decision: after.decision, repeats });
        }
        const { count, failed: lost, decision } = race;
        expect(await on.store.read(id)).toMatchObject({ count, failed: lost, decision });
      }),
      { numRuns: 25 },
    );
  });

  test("with arrivals at once has one decision, which all see that come after it", async () => {
    await fc.assert(
      fc.asyncProperty(races(), async ({ size, policy, batches }) => {
        const { id } = await on.registered(size, { policy });
        const seen = await Promise.all(batches.map((batch, i) => clientAt(on.world, i).race(id, batch)));
        const decisions = seen.flatMap((raced) => raced?.decision ?? []);
        const { decision, count } = (await on.store.read(id)) ?? {};
        expect(new Set(decisions.map((each) => JSON.stringify(each))).size).toBeLessThanOrEqual(1);
        expect(decision ?? null).toEqual(decisions[0] ?? decision ?? null);
        const first = seen.flatMap((raced) => raced?.repeats.filter((isRepeat) => !isRepeat) ?? []);
        expect(first.length).toBe(count);
        const deciders = batches.flatMap((batch, i) =>
          batch.filter(({ index }, k) => seen[i]?.decision?.by === index && seen[i]?.repeats[k] === false),
        );
        expect(deciders.length).toBe(decision === null ? 0 : 1);
      }),
      { numRuns: 25 },
    );
  });
}

/** A race, and what arrives at it in which batches. */
function races(): fc.Arbitrary<{
  readonly size: number;
  readonly policy: Racing;
  readonly batches: readonly (readonly MemberArrival[])[];
}> {
  return fc.integer({ min: 1, max: 80 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      policy: fc.oneof(
        fc.constantFrom<Racing>("any", "race"),
        fc.integer({ min: 1, max: Math.min(size, 5) }).map((quorum) => ({ quorum })),
      ),
      batches: fc.array(
        fc.array(fc.record({ index: fc.nat(size - 1), ok: fc.boolean() }), { minLength: 1, maxLength: 4 }),
        { minLength: 1, maxLength: 12 },
      ),
    }),
  );
}
