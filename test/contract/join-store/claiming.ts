import type { Claim, Claimant } from "@umbel/core";
import { claimed } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JoinsUnderTest } from "./world.ts";
import { claimant, clientAt, joinOf } from "./world.ts";

export function testClaiming(on: JoinsUnderTest): void {
  test("the first nonce has the body, for ever", async () => {
    const { id } = await on.registered(1);
    expect(await on.store.claim(id, claimant("a"))).toBe("mine");
    expect(await on.other.claim(id, claimant("b"))).toBe("held");
    expect(await on.other.claim(id, claimant("a"))).toBe("mine");
    expect(await on.store.claim(id, claimant("b"))).toBe("held");
    expect(await on.store.read(id)).toMatchObject({ claim: claimant("a") });
  });

  test("of several at once each has the answer that it would have alone", async () => {
    const [free, held, again] = await Promise.all([on.registered(1), on.registered(1), on.registered(1)]);
    await on.store.claim(held.id, claimant("x"));
    await on.store.claim(again.id, claimant("a"));
    const all = [free.id, held.id, again.id, joinOf(1).id, free.id];
    const claims = await Promise.all(
      all.map((id, i) => on.store.claim(id, claimant(i === all.length - 1 ? "late" : "a"))),
    );
    expect(claims).toEqual(["mine", "held", "mine", "missing", "held"]);
    const mine = await Promise.all([on.registered(1), on.registered(1)]);
    expect(await Promise.all(mine.map(({ id }) => on.store.claim(id, claimant("b"))))).toEqual([
      "mine",
      "mine",
    ]);
    const read = await Promise.all([free.id, "nobody's", mine[1]?.id ?? ""].map((id) => on.store.read(id)));
    expect(read.map((each) => each?.claim)).toEqual([claimant("a"), undefined, claimant("b")]);
  });

  test("at a join that is not there it is missing, and makes none", async () => {
    const join = joinOf(1);
    expect(await on.store.claim(join.id, claimant("a"))).toBe("missing");
    expect(await on.store.read(join.id)).toBeNull();
  });

  test("a later turn of the body takes it over from an earlier one, and an earlier one never", async () => {
    const { id } = await on.registered(1);
    expect(await on.store.claim(id, claimant("z", 0))).toBe("mine");
    expect(await on.other.claim(id, claimant("a", 2))).toBe("mine");
    expect(await on.other.claim(id, claimant("z", 0))).toBe("held");
    expect(await on.store.claim(id, claimant("a", 1))).toBe("held");
    expect(await on.store.claim(id, claimant("z", 2))).toBe("held");
    expect(await on.store.claim(id, claimant("a", 2))).toBe("mine");
    expect(await on.store.read(id)).toMatchObject({ claim: claimant("a", 2) });
  });

  test("claims one after another go as the reducer says", async () => {
    const asking = fc.record({ nonce: fc.constantFrom("a", "b", "c"), turn: fc.nat({ max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(asking, { minLength: 1, maxLength: 10 }), async (all) => {
        const { id } = await on.registered(1);
        let holder: Claimant | null = null;
        for (const [i, one] of all.entries()) {
          holder = claimed(holder, one);
          const isMine = holder.nonce === one.nonce && holder.turn === one.turn;
          expect(await clientAt(on.world, i).claim(id, one)).toBe(isMine ? "mine" : "held");
          expect(await on.store.read(id)).toMatchObject({ claim: holder });
        }
      }),
      { numRuns: 25 },
    );
  });

  test("of claims that race, the last turn has the body, by one nonce", async () => {
    const asking = fc.record({ nonce: fc.constantFrom("a", "b", "c"), turn: fc.nat({ max: 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(asking, { minLength: 2, maxLength: 8 }), async (all) => {
        const { id } = await on.registered(1);
        const answers = await Promise.all(all.map((one, i) => clientAt(on.world, i).claim(id, one)));
        const last = Math.max(...all.map(({ turn }) => turn));
        const mine = all.filter((_, i) => answers[i] === "mine");
        for (let turn = 0; turn <= last; turn += 1) {
          const nonces = new Set(mine.filter((one) => one.turn === turn).map(({ nonce }) => nonce));
          expect(nonces.size).toBeLessThanOrEqual(1);
        }
        const holder = (await on.store.read(id))?.claim;
        expect(holder?.turn).toBe(last);
        expect(mine).toContainEqual(holder);
      }),
      { numRuns: 25 },
    );
  });

  test("of nonces that race, one has the body", async () => {
    const nonces = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(nonces, async (asking) => {
        const { id } = await on.registered(1);
        const answers = await Promise.all(
          asking.map((nonce, i) => clientAt(on.world, i).claim(id, claimant(nonce))),
        );
        const holder = (await on.store.read(id))?.claim?.nonce ?? "";
        expect(asking).toContain(holder);
        expect(answers).toEqual(asking.map((nonce): Claim => (nonce === holder ? "mine" : "held")));
      }),
      { numRuns: 20 },
    );
  });
}
