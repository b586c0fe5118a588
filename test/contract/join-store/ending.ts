import { SHARD_SIZE, cancelFailure, documentsOf } from "@umbel/core";
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { JoinStoreExtras, JoinWorld, JoinsUnderTest } from "./world.ts";
import { claimant, clientAt, expectDocuments, failed, joinOf, ok } from "./world.ts";

export function testRetiring<World extends JoinWorld>(
  on: JoinsUnderTest<World>,
  pass: JoinStoreExtras<World>["pass"],
): void {
  test("what is retired for later is still there", async () => {
    const join = await on.registered(SHARD_SIZE + 1);
    await on.store.retire(join.id, 9_000_000_000_000);
    await expectDocuments(on.other, join);
    expect(await on.other.claim(join.id, claimant("a"))).toBe("mine");
  });

  test("a join that is not there can be retired, and is not made", async () => {
    const join = joinOf(1);
    await on.store.retire(join.id, 9_000_000_000_000);
    expect(await on.store.read(join.id)).toBeNull();
  });

  if (pass !== undefined) {
    test("an open join does not expire, and a retired one goes with its shards when its time has come", async () => {
      const [open, retired, small] = [
        await on.registered(SHARD_SIZE + 1),
        await on.registered(5_000),
        await on.registered(2),
      ];
      pass(on.world, 1_000_000);
      await on.store.retire(retired.id, 1_061_000);
      await on.store.retire(small.id, 1_061_000);
      await expectDocuments(on.store, retired);
      pass(on.world, 121_000);
      await expectDocuments(on.store, open);
      for (const { id } of [...documentsOf(retired.id, 5_000), small]) {
        expect(await on.store.arrive(id, [ok(0)])).toBeNull();
      }
      expect(await on.store.read(small.id)).toBeNull();
      expect(await on.store.claim(small.id, claimant("a"))).toBe("missing");
      expect(await on.store.register([small, retired])).toEqual(["new", "new"]);
    });
  }
}

export function testMarking<World extends JoinWorld>(
  on: JoinsUnderTest<World>,
  pass: JoinStoreExtras<World>["pass"],
): void {
  const LATER_MS = 9_000_000_000_000;
  const mark = cancelFailure("not needed", "umbel.cancel", "flow!cancel");

  test("a join that is marked keeps its counts, and is told when it is registered, read or claimed", async () => {
    const join = await on.registered(3);
    await on.store.arrive(join.id, [ok(0)]);
    await on.store.claim(join.id, claimant("a"));
    await on.other.mark([join.id], mark, LATER_MS);
    expect(await on.store.register([join])).toEqual(["marked"]);
    expect(await on.store.read(join.id)).toMatchObject({ size: 3, count: 1, claim: claimant("a"), mark });
    for (const nonce of ["a", "b"]) expect(await on.store.claim(join.id, claimant(nonce))).toBe("marked");
    expect(await on.store.markOf(join.id)).toEqual(mark);
    expect(await on.store.arrive(join.id, [failed(1)])).toMatchObject({ count: 2, failed: 1 });
  });

  test("where no join is there will be none: it is not registered, counted at, or read", async () => {
    const [join, fresh] = [joinOf(3), joinOf(2)];
    await on.store.mark([join.id], mark, LATER_MS);
    expect(await on.other.register([join, fresh])).toEqual(["marked", "new"]);
    expect(await on.other.read(join.id)).toBeNull();
    expect(await on.other.arrive(join.id, [ok(0)])).toBeNull();
    expect(await on.other.race(join.id, [ok(0)])).toBeNull();
    expect(await on.other.claim(join.id, claimant("a"))).toBe("marked");
    expect(await on.other.markOf(join.id)).toEqual(mark);
  });

  test("it outlives the retirement of a join that is not there", async () => {
    const join = joinOf(3);
    await on.store.mark([join.id], mark, LATER_MS);
    await on.store.retire(join.id, 1);
    pass?.(on.world, 1);
    expect(await on.other.markOf(join.id)).toEqual(mark);
  });

  test("to mark again, by several at once, marks all of them", async () => {
    const several = [await on.registered(2), joinOf(2), await on.registered(SHARD_SIZE + 1), joinOf(0)];
    const ids = several.map(({ id }) => id);
    await Promise.all([0, 1, 2, 3].map((i) => clientAt(on.world, i).mark(ids, mark, LATER_MS)));
    await on.store.mark(ids, mark, LATER_MS);
    expect(await on.store.register(several)).toEqual(several.map(() => "marked"));
  });

  test("of a join and its mark at once either the mark sees the join, or the join the mark", async () => {
    for (let round = 0; round < 20; round += 1) {
      const join = joinOf(2);
      const marking = async () => {
        await on.store.mark([join.id], mark, LATER_MS);
        return on.store.read(join.id);
      };
      const [[answer], seen] = await Promise.all([on.other.register([join]), marking()]);
      expect(answer === "marked" || seen?.size === 2).toBe(true);
    }
  });

  test("a join that nobody marked has none", async () => {
    expect(await on.store.markOf((await on.registered(1)).id)).toBeNull();
    expect(await on.store.markOf(joinOf(1).id)).toBeNull();
    await on.store.mark([], mark, LATER_MS);
  });

  test("what was cancelled is told to all, once each", async () => {
    const scopes: readonly [string, string] = [randomUUID(), randomUUID()];
    const noted = scopes.map((scope) => ({ scope, reason: `no ${scope}` }));
    for (const cancel of noted) await on.store.noteCancel(cancel, LATER_MS);
    await on.other.noteCancel({ scope: scopes[0], reason: "later" }, LATER_MS);
    const found = (await on.other.cancels()).filter(({ scope }) => scopes.includes(scope));
    expect(found.toSorted((a, b) => scopes.indexOf(a.scope) - scopes.indexOf(b.scope))).toEqual(noted);
  });

  if (pass !== undefined) {
    test("what was marked or cancelled is forgotten when its time has come", async () => {
      const join = joinOf(2);
      const cancel = { scope: join.id, reason: "late" };
      await on.store.mark([join.id], mark, 50_000_000);
      await on.store.noteCancel(cancel, 50_000_000);
      expect(await on.store.cancels()).toContainEqual(cancel);
      pass(on.world, 100_000_000);
      expect(await on.store.cancels()).not.toContainEqual(cancel);
      expect(await on.store.register([join])).toEqual(["new"]);
    });
  }
}
