import type {
  Claim,
  Claimant,
  Counted,
  Decision,
  Join,
  JoinCount,
  JoinStore,
  MemberArrival,
  Racing,
} from "@umbel/core";
import {
  MAX_RACERS,
  SHARD_SIZE,
  StoreUnavailable,
  cancelFailure,
  claimed,
  countArrivals,
  documentsOf,
  openCount,
  openRace,
  raceArrivals,
} from "@umbel/core";
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { json } from "./outcome-records.ts";

/** A store under test. */
export interface JoinWorld {
  /** Its clients, opened; they share their joins. */
  readonly clients: readonly [JoinStore, ...JoinStore[]];
  close(): Promise<void>;
}

/** What only some stores can be asked for. */
export interface JoinStoreExtras<World extends JoinWorld> {
  /** Lets time pass, where the store has a clock that a test can set. */
  readonly pass?: (world: World, ms: number) => void;
  /** A store whose server cannot be reached. */
  readonly unreachable?: () => JoinStore;
}

/** The contract of {@link JoinStore}, as tests of one store. */
export function describeJoinStore<World extends JoinWorld>(
  name: string,
  makeWorld: () => Promise<World>,
  { pass, unreachable }: JoinStoreExtras<World> = {},
): void {
  describe(name, () => {
    let world: World;
    let store: JoinStore;
    let other: JoinStore;

    beforeAll(async () => {
      world = await makeWorld();
      store = world.clients[0];
      other = world.clients.at(-1) ?? store;
    });

    afterAll(() => world.close());

    /** A join of this size, registered. */
    async function registered(size: number, said: Partial<Join> = {}): Promise<Join> {
      const join = joinOf(size, said);
      expect(await store.register([join])).toEqual(["new"]);
      return join;
    }

    describe("register", () => {
      test.each([0, 1, 63, SHARD_SIZE, SHARD_SIZE + 1, 5_000])(
        "a join of %i has the documents of its size",
        async (size) => {
          const join = await registered(size);
          const documents = documentsOf(join.id, size);
          for (const document of documents) {
            const expected = { size: document.size, count: 0, failed: 0, repeats: [] };
            expect(await other.arrive(document.id, [])).toEqual(expected);
          }
          expect(await other.arrive(`${join.id}/${documents.length - 1}`, [])).toBeNull();
        },
      );

      test("a join is read as it was registered", async () => {
        await fc.assert(
          fc.asyncProperty(joins(), async (join) => {
            await store.register([join]);
            expect(await other.read(join.id)).toEqual({
              ...join,
              count: 0,
              failed: 0,
              claim: null,
              mark: null,
              decision: null,
            });
          }),
          { numRuns: 30 },
        );
      });

      test("what comes after a join may be of any depth, under any key", async () => {
        const keys = JSON.parse(
          '{"$set": 1, "a.b": 2, "": 3, "__proto__": 4, "_bsontype": "Long", "\\ud800": "\\udc00"}',
        );
        const args = [deep(500), { ...keys, "\0": "\0" }];
        const join = await registered(2, { next: continuationOf(args) });
        expect(await other.read(join.id)).toEqual({
          ...join,
          count: 0,
          failed: 0,
          claim: null,
          mark: null,
          decision: null,
        });
      });

      test("to register again changes nothing", async () => {
        for (const size of [3, SHARD_SIZE + 1]) {
          const join = await registered(size);
          const { id = "" } = documentsOf(join.id, size).at(-1) ?? {};
          const arrived = await store.arrive(id, [{ index: 0, ok: false }]);
          await store.claim(join.id, claimant("nonce"));
          expect(await other.register([{ ...join, flow: "another", replyTo: "another" }])).toEqual(["known"]);
          expect(await store.read(join.id)).toMatchObject({
            flow: join.flow,
            replyTo: join.replyTo,
            claim: claimant("nonce"),
          });
          expect(await store.arrive(id, [])).toEqual({ ...arrived, repeats: [] });
        }
      });

      test("joins that were there already do not hold up the others", async () => {
        const known = [await registered(2), await registered(SHARD_SIZE + 1)];
        const fresh = [joinOf(SHARD_SIZE + 1), joinOf(2), joinOf(3)];
        const [a, b, c] = fresh as [Join, Join, Join];
        const [x, y] = known as [Join, Join];
        expect(await other.register([a, x, b, y, a, c])).toEqual([
          "new",
          "known",
          "new",
          "known",
          "known",
          "new",
        ]);
        for (const join of fresh) await expectDocuments(store, join);
      });

      test("a join of which a part was there is completed, and is not new", async () => {
        for (const part of [1, 3, 5]) {
          const join = joinOf(5_000);
          const { id, size } = documentsOf(join.id, join.size)[part] ?? { id: "", size: 0 };
          await registered(size, { id });
          expect(await other.register([join])).toEqual(["known"]);
          await expectDocuments(store, join);
        }
      });

      test("one that is there with another size is told, and stays as it is", async () => {
        for (const [size, wanted] of [
          [2, 3],
          [0, 1],
          [SHARD_SIZE, SHARD_SIZE + 1],
          [SHARD_SIZE + 1, SHARD_SIZE + 2],
          [SHARD_SIZE + 2, SHARD_SIZE + 1],
          [2 * SHARD_SIZE, 2 * SHARD_SIZE + 1],
        ] as const) {
          const join = await registered(size);
          const fresh = joinOf(2);
          const answers = await other.register([fresh, { ...join, size: wanted }]);
          expect(answers, `${wanted} for ${size}`).toEqual(["new", "other"]);
          expect(await store.read(join.id)).toMatchObject({ size });
          await expectDocuments(store, fresh);
        }
      });

      test("one that is marked is told as that, whatever its size", async () => {
        const join = await registered(2);
        await store.mark([join.id], cancelFailure("enough", "umbel.cancel", "F"), 9_000_000_000_000);
        expect(await other.register([{ ...join, size: 3 }])).toEqual(["marked"]);
      });

      test("of clients that register the same joins at once, one at most is told that a join is new", async () => {
        const wanted = [joinOf(5_000), joinOf(2), joinOf(SHARD_SIZE + 1), joinOf(0)];
        const answers = await Promise.all([0, 1, 2, 3].map((i) => clientAt(world, i).register(wanted)));
        for (const [i, join] of wanted.entries()) {
          expect(answers.filter((answer) => answer[i] === "new").length).toBeLessThanOrEqual(1);
          await expectDocuments(store, join);
        }
      });

      test("to register nothing answers nothing", async () => {
        expect(await store.register([])).toEqual([]);
      });
    });

    describe("arrive", () => {
      test("a member that arrives twice counts once", async () => {
        const { id } = await registered(3);
        expect(await store.arrive(id, [ok(1)])).toEqual({ size: 3, count: 1, failed: 0, repeats: [false] });
        expect(await other.arrive(id, [ok(1)])).toEqual({ size: 3, count: 1, failed: 0, repeats: [true] });
        expect(await store.arrive(id, [failed(1)])).toEqual({
          size: 3,
          count: 1,
          failed: 0,
          repeats: [true],
        });
      });

      test("a batch that meets a member which was there counts the others", async () => {
        const { id } = await registered(200);
        await other.arrive(id, [failed(2), ok(70), ok(199)]);
        const counted = await store.arrive(id, [ok(0), ok(2), failed(3), ok(70), failed(71), ok(130)]);
        const repeats = [false, true, false, true, false, false];
        expect(counted).toEqual({ size: 200, count: 7, failed: 3, repeats });
      });

      test("a batch of nothing but repeats changes nothing, and sees the count", async () => {
        const { id } = await registered(130);
        const batch = [ok(0), failed(64), ok(129)];
        await store.arrive(id, batch);
        expect(await other.arrive(id, batch)).toEqual({
          size: 130,
          count: 3,
          failed: 1,
          repeats: [true, true, true],
        });
      });

      test("a member twice in one batch counts once, as the first of them says", async () => {
        const { id } = await registered(5);
        const counted = await store.arrive(id, [failed(4), ok(4), ok(0), failed(0)]);
        expect(counted).toEqual({ size: 5, count: 2, failed: 1, repeats: [false, true, false, true] });
      });

      test("a repeat sees a complete join complete", async () => {
        const { id } = await registered(2);
        await store.arrive(id, [ok(0)]);
        await store.arrive(id, [failed(1)]);
        expect(await other.arrive(id, [ok(0)])).toEqual({ size: 2, count: 2, failed: 1, repeats: [true] });
      });

      test("the first and the last bit of a word are bits like all others", async () => {
        const { id } = await registered(SHARD_SIZE);
        const edges = [0, 61, 62, 63, 64, 125, 126, 944, 945, 1_006, 1_007];
        for (const [i, index] of edges.entries()) {
          expect(await store.arrive(id, [ok(index)])).toMatchObject({ count: i + 1, repeats: [false] });
          expect(await other.arrive(id, [ok(index)])).toMatchObject({ count: i + 1, repeats: [true] });
        }
        const all = Array.from({ length: SHARD_SIZE }, (_, index) => ok(index));
        const repeats = all.map(({ index }) => edges.includes(index));
        expect(await store.arrive(id, all)).toEqual({
          size: SHARD_SIZE,
          count: SHARD_SIZE,
          failed: 0,
          repeats,
        });
      });

      test("one batch may bring all members of a document", async () => {
        const { id } = await registered(SHARD_SIZE);
        const all = Array.from({ length: SHARD_SIZE }, (_, index) => ({ index, ok: index % 2 === 0 }));
        const counted = await store.arrive(id, all);
        expect(counted).toMatchObject({ size: SHARD_SIZE, count: SHARD_SIZE, failed: SHARD_SIZE / 2 });
        expect(counted?.repeats).toEqual(all.map(() => false));
      });

      test("the shards of a join and its root are counted apart", async () => {
        const join = await registered(SHARD_SIZE + 1);
        const [root, first, second] = documentsOf(join.id, join.size).map(({ id }) => id) as [
          string,
          string,
          string,
        ];
        expect(await store.arrive(second, [ok(0)])).toEqual({
          size: 1,
          count: 1,
          failed: 0,
          repeats: [false],
        });
        expect(await store.arrive(first, [ok(0)])).toMatchObject({ size: SHARD_SIZE, count: 1 });
        expect(await store.arrive(root, [failed(1)])).toEqual({
          size: 2,
          count: 1,
          failed: 1,
          repeats: [false],
        });
        expect(await store.read(join.id)).toEqual({
          ...join,
          count: 1,
          failed: 1,
          claim: null,
          mark: null,
          decision: null,
        });
        expect(await store.read(first)).toBeNull();
      });

      test("at a join that is not there it gives null, and makes none", async () => {
        const join = joinOf(3);
        expect(await store.arrive(join.id, [ok(0)])).toBeNull();
        expect(await store.arrive(join.id, [ok(0), ok(1)])).toBeNull();
        expect(await store.arrive(join.id, [])).toBeNull();
        expect(await store.read(join.id)).toBeNull();
        expect(await store.register([join])).toEqual(["new"]);
      });

      test("a member that the join does not have is a bug of the caller's, and counts nothing", async () => {
        const { id } = await registered(64);
        await expect(store.arrive(id, [ok(64)])).rejects.toThrow(RangeError);
        await expect(store.arrive(id, [ok(0), ok(500)])).rejects.toThrow(RangeError);
        await expect(store.arrive(id, [ok(-1)])).rejects.toThrow(RangeError);
        expect(await store.arrive(id, [])).toEqual({ size: 64, count: 0, failed: 0, repeats: [] });
      });

      test("arrivals one after another count as the reducer does", async () => {
        await fc.assert(
          fc.asyncProperty(sizes().chain(batchesFor), async ({ size, batches }) => {
            const { id } = await registered(size);
            const expected = reduced(size, batches);
            const seen: (Counted | null)[] = [];
            for (const [i, batch] of batches.entries()) seen.push(await clientAt(world, i).arrive(id, batch));
            expect(seen).toEqual(expected);
          }),
          { numRuns: 25 },
        );
      });

      test("arrivals that race count each member once, and one of them completes the join", async () => {
        await fc.assert(
          fc.asyncProperty(sizes().chain(batchesFor), async ({ size, batches }) => {
            const { id } = await registered(size);
            const seen = await Promise.all(batches.map((batch, i) => clientAt(world, i).arrive(id, batch)));
            checkCounts(batches, seen, await store.arrive(id, []));
          }),
          { numRuns: 25 },
        );
      });
    });

    describe("arrive, at several documents at once", () => {
      test("counts at each what comes there", async () => {
        const several = await Promise.all([3, 2, 64, SHARD_SIZE].map((size) => registered(size)));
        for (const [k, index] of [0, 1].entries()) {
          const seen = await Promise.all(several.map(({ id }) => store.arrive(id, [ok(index)])));
          const expected = several.map(({ size }) => ({ size, count: k + 1, failed: 0, repeats: [false] }));
          expect(seen).toEqual(expected);
        }
        const again = await Promise.all(several.map(({ id }) => other.arrive(id, [failed(1)])));
        expect(again).toEqual(several.map(({ size }) => ({ size, count: 2, failed: 0, repeats: [true] })));
      });

      test("one that repeats, one that is missing and one that is a bug leave the others as they are", async () => {
        const [a, b, c] = await Promise.all([registered(2), registered(2), registered(2)]);
        await store.arrive(b.id, [ok(0)]);
        const seen = await Promise.allSettled([
          other.arrive(a.id, [failed(1)]),
          other.arrive(b.id, [ok(0), ok(1)]),
          other.arrive(joinOf(2).id, [ok(0)]),
          other.arrive(c.id, [ok(2)]),
          other.arrive(a.id, [ok(0)]),
        ]);
        const [first, second, third, fourth, fifth] = seen;
        expect(first).toMatchObject({ status: "fulfilled", value: { size: 2 } });
        expect(second).toMatchObject({ value: { size: 2, count: 2, failed: 0, repeats: [true, false] } });
        expect(third).toEqual({ status: "fulfilled", value: null });
        expect(fourth).toMatchObject({ status: "rejected", reason: expect.any(RangeError) });
        expect(fifth).toMatchObject({ value: { size: 2, count: 2, failed: 1, repeats: [false] } });
        expect(await store.arrive(c.id, [])).toMatchObject({ count: 0 });
        expect(await store.arrive(a.id, [])).toMatchObject({ count: 2, failed: 1 });
      });

      test("of arrivals that race, at each document there is one that knows it complete", async () => {
        for (let round = 0; round < 10; round += 1) {
          const several = await Promise.all(Array.from({ length: 12 }, () => registered(6)));
          const members = [0, 1, 2, 3, 4, 5];
          const seen = await Promise.all(
            several.flatMap(({ id }) =>
              members.map(async (index) => {
                const counted = await clientAt(world, index).arrive(id, [{ index, ok: index > 0 }]);
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
            expect(await store.arrive(id, [])).toEqual({ size: 6, count: 6, failed: 1, repeats: [] });
          }
        }
      });
    });

    describe("race", () => {
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
        const { id } = await registered(3, { policy });
        for (const arrival of arrivals) await other.race(id, [arrival]);
        expect(await store.read(id)).toMatchObject({ decision, policy });
        const { id: atOnce } = await registered(3, { policy });
        const repeats = arrivals.map(() => false);
        expect(await store.race(atOnce, arrivals)).toEqual({ decision, repeats });
      });

      test("counts a member once, and keeps its decision", async () => {
        const { id } = await registered(3, { policy: "race" });
        const decision = { ok: true, members: [1], by: 1 };
        expect(await store.race(id, [ok(1)])).toEqual({ decision, repeats: [false] });
        expect(await other.race(id, [failed(1), ok(0)])).toEqual({ decision, repeats: [true, false] });
        expect(await store.race(id, [])).toEqual({ decision, repeats: [] });
        expect(await store.read(id)).toMatchObject({ count: 2, failed: 0, decision });
      });

      test("at a join that is not there, or is no race, gives null, and makes none", async () => {
        expect(await store.race(joinOf(3).id, [ok(0)])).toBeNull();
        expect(await store.race((await registered(3)).id, [ok(0)])).toBeNull();
        const settled = await registered(3, { policy: "settled" });
        expect(await store.race(settled.id, [ok(0)])).toBeNull();
      });

      test("of more members than a document of another join has is in one, too", async () => {
        const { id, size } = await registered(MAX_RACERS, { policy: { quorum: 2 } });
        await store.race(id, [ok(size - 1), failed(SHARD_SIZE)]);
        expect(await other.race(id, [ok(0), ok(size - 1)])).toEqual({
          decision: { ok: true, members: [0, size - 1], by: 0 },
          repeats: [false, true],
        });
        await expect(store.race(id, [ok(size)])).rejects.toThrow(RangeError);
      });

      test("with arrivals one after another is decided as the reducer does", async () => {
        await fc.assert(
          fc.asyncProperty(races(), async ({ size, policy, batches }) => {
            const { id } = await registered(size, { policy });
            let race = openRace(size);
            for (const [i, batch] of batches.entries()) {
              const { after, repeats } = raceArrivals(race, policy, batch);
              race = after;
              expect(await clientAt(world, i).race(id, batch)).toEqual({ decision: after.decision, repeats });
            }
            const { count, failed: lost, decision } = race;
            expect(await store.read(id)).toMatchObject({ count, failed: lost, decision });
          }),
          { numRuns: 25 },
        );
      });

      test("with arrivals at once has one decision, which all see that come after it", async () => {
        await fc.assert(
          fc.asyncProperty(races(), async ({ size, policy, batches }) => {
            const { id } = await registered(size, { policy });
            const seen = await Promise.all(batches.map((batch, i) => clientAt(world, i).race(id, batch)));
            const decisions = seen.flatMap((raced) => raced?.decision ?? []);
            const { decision, count } = (await store.read(id)) ?? {};
            expect(new Set(decisions.map((each) => JSON.stringify(each))).size).toBeLessThanOrEqual(1);
            expect(decision ?? null).toEqual(decisions[0] ?? decision ?? null);
            const first = seen.flatMap((raced) => raced?.repeats.filter((isRepeat) => !isRepeat) ?? []);
            expect(first.length).toBe(count);
            const deciders = batches.flatMap((batch, i) =>
              batch.filter(
                ({ index }, k) => seen[i]?.decision?.by === index && seen[i]?.repeats[k] === false,
              ),
            );
            expect(deciders.length).toBe(decision === null ? 0 : 1);
          }),
          { numRuns: 25 },
        );
      });
    });

    describe("claim", () => {
      test("the first nonce has the body, for ever", async () => {
        const { id } = await registered(1);
        expect(await store.claim(id, claimant("a"))).toBe("mine");
        expect(await other.claim(id, claimant("b"))).toBe("held");
        expect(await other.claim(id, claimant("a"))).toBe("mine");
        expect(await store.claim(id, claimant("b"))).toBe("held");
        expect(await store.read(id)).toMatchObject({ claim: claimant("a") });
      });

      test("of several at once each has the answer that it would have alone", async () => {
        const [free, held, again] = await Promise.all([registered(1), registered(1), registered(1)]);
        await store.claim(held.id, claimant("x"));
        await store.claim(again.id, claimant("a"));
        const all = [free.id, held.id, again.id, joinOf(1).id, free.id];
        const claims = await Promise.all(
          all.map((id, i) => store.claim(id, claimant(i === all.length - 1 ? "late" : "a"))),
        );
        expect(claims).toEqual(["mine", "held", "mine", "missing", "held"]);
        const mine = await Promise.all([registered(1), registered(1)]);
        expect(await Promise.all(mine.map(({ id }) => store.claim(id, claimant("b"))))).toEqual([
          "mine",
          "mine",
        ]);
        const read = await Promise.all([free.id, "nobody's", mine[1]?.id ?? ""].map((id) => store.read(id)));
        expect(read.map((each) => each?.claim)).toEqual([claimant("a"), undefined, claimant("b")]);
      });

      test("at a join that is not there it is missing, and makes none", async () => {
        const join = joinOf(1);
        expect(await store.claim(join.id, claimant("a"))).toBe("missing");
        expect(await store.read(join.id)).toBeNull();
      });

      test("a later turn of the body takes it over from an earlier one, and an earlier one never", async () => {
        const { id } = await registered(1);
        expect(await store.claim(id, claimant("z", 0))).toBe("mine");
        expect(await other.claim(id, claimant("a", 2))).toBe("mine");
        expect(await other.claim(id, claimant("z", 0))).toBe("held");
        expect(await store.claim(id, claimant("a", 1))).toBe("held");
        expect(await store.claim(id, claimant("z", 2))).toBe("held");
        expect(await store.claim(id, claimant("a", 2))).toBe("mine");
        expect(await store.read(id)).toMatchObject({ claim: claimant("a", 2) });
      });

      test("claims one after another go as the reducer says", async () => {
        const asking = fc.record({ nonce: fc.constantFrom("a", "b", "c"), turn: fc.nat({ max: 3 }) });
        await fc.assert(
          fc.asyncProperty(fc.array(asking, { minLength: 1, maxLength: 10 }), async (all) => {
            const { id } = await registered(1);
            let holder: Claimant | null = null;
            for (const [i, one] of all.entries()) {
              holder = claimed(holder, one);
              const isMine = holder.nonce === one.nonce && holder.turn === one.turn;
              expect(await clientAt(world, i).claim(id, one)).toBe(isMine ? "mine" : "held");
              expect(await store.read(id)).toMatchObject({ claim: holder });
            }
          }),
          { numRuns: 25 },
        );
      });

      test("of claims that race, the last turn has the body, by one nonce", async () => {
        const asking = fc.record({ nonce: fc.constantFrom("a", "b", "c"), turn: fc.nat({ max: 2 }) });
        await fc.assert(
          fc.asyncProperty(fc.array(asking, { minLength: 2, maxLength: 8 }), async (all) => {
            const { id } = await registered(1);
            const answers = await Promise.all(all.map((one, i) => clientAt(world, i).claim(id, one)));
            const last = Math.max(...all.map(({ turn }) => turn));
            const mine = all.filter((_, i) => answers[i] === "mine");
            for (let turn = 0; turn <= last; turn += 1) {
              const nonces = new Set(mine.filter((one) => one.turn === turn).map(({ nonce }) => nonce));
              expect(nonces.size).toBeLessThanOrEqual(1);
            }
            const holder = (await store.read(id))?.claim;
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
            const { id } = await registered(1);
            const answers = await Promise.all(
              asking.map((nonce, i) => clientAt(world, i).claim(id, claimant(nonce))),
            );
            const holder = (await store.read(id))?.claim?.nonce ?? "";
            expect(asking).toContain(holder);
            expect(answers).toEqual(asking.map((nonce): Claim => (nonce === holder ? "mine" : "held")));
          }),
          { numRuns: 20 },
        );
      });
    });

    describe("retire", () => {
      test("what is retired for later is still there", async () => {
        const join = await registered(SHARD_SIZE + 1);
        await store.retire(join.id, 9_000_000_000_000);
        await expectDocuments(other, join);
        expect(await other.claim(join.id, claimant("a"))).toBe("mine");
      });

      test("a join that is not there can be retired, and is not made", async () => {
        const join = joinOf(1);
        await store.retire(join.id, 9_000_000_000_000);
        expect(await store.read(join.id)).toBeNull();
      });

      if (pass !== undefined) {
        test("an open join does not expire, and a retired one goes with its shards when its time has come", async () => {
          const [open, retired, small] = [
            await registered(SHARD_SIZE + 1),
            await registered(5_000),
            await registered(2),
          ];
          pass(world, 1_000_000);
          await store.retire(retired.id, 1_061_000);
          await store.retire(small.id, 1_061_000);
          await expectDocuments(store, retired);
          pass(world, 121_000);
          await expectDocuments(store, open);
          for (const { id } of [...documentsOf(retired.id, 5_000), small]) {
            expect(await store.arrive(id, [ok(0)])).toBeNull();
          }
          expect(await store.read(small.id)).toBeNull();
          expect(await store.claim(small.id, claimant("a"))).toBe("missing");
          expect(await store.register([small, retired])).toEqual(["new", "new"]);
        });
      }
    });

    describe("mark", () => {
      const LATER_MS = 9_000_000_000_000;
      const mark = cancelFailure("not needed", "umbel.cancel", "flow!cancel");

      test("a join that is marked keeps its counts, and is told when it is registered, read or claimed", async () => {
        const join = await registered(3);
        await store.arrive(join.id, [ok(0)]);
        await store.claim(join.id, claimant("a"));
        await other.mark([join.id], mark, LATER_MS);
        expect(await store.register([join])).toEqual(["marked"]);
        expect(await store.read(join.id)).toMatchObject({ size: 3, count: 1, claim: claimant("a"), mark });
        for (const nonce of ["a", "b"]) expect(await store.claim(join.id, claimant(nonce))).toBe("marked");
        expect(await store.markOf(join.id)).toEqual(mark);
        expect(await store.arrive(join.id, [failed(1)])).toMatchObject({ count: 2, failed: 1 });
      });

      test("where no join is there will be none: it is not registered, counted at, or read", async () => {
        const [join, fresh] = [joinOf(3), joinOf(2)];
        await store.mark([join.id], mark, LATER_MS);
        expect(await other.register([join, fresh])).toEqual(["marked", "new"]);
        expect(await other.read(join.id)).toBeNull();
        expect(await other.arrive(join.id, [ok(0)])).toBeNull();
        expect(await other.race(join.id, [ok(0)])).toBeNull();
        expect(await other.claim(join.id, claimant("a"))).toBe("marked");
        expect(await other.markOf(join.id)).toEqual(mark);
      });

      test("it outlives the retirement of a join that is not there", async () => {
        const join = joinOf(3);
        await store.mark([join.id], mark, LATER_MS);
        await store.retire(join.id, 1);
        pass?.(world, 1);
        expect(await other.markOf(join.id)).toEqual(mark);
      });

      test("to mark again, by several at once, marks all of them", async () => {
        const several = [await registered(2), joinOf(2), await registered(SHARD_SIZE + 1), joinOf(0)];
        const ids = several.map(({ id }) => id);
        await Promise.all([0, 1, 2, 3].map((i) => clientAt(world, i).mark(ids, mark, LATER_MS)));
        await store.mark(ids, mark, LATER_MS);
        expect(await store.register(several)).toEqual(several.map(() => "marked"));
      });

      test("of a join and its mark at once either the mark sees the join, or the join the mark", async () => {
        for (let round = 0; round < 20; round += 1) {
          const join = joinOf(2);
          const marking = async () => {
            await store.mark([join.id], mark, LATER_MS);
            return store.read(join.id);
          };
          const [[answer], seen] = await Promise.all([other.register([join]), marking()]);
          expect(answer === "marked" || seen?.size === 2).toBe(true);
        }
      });

      test("a join that nobody marked has none", async () => {
        expect(await store.markOf((await registered(1)).id)).toBeNull();
        expect(await store.markOf(joinOf(1).id)).toBeNull();
        await store.mark([], mark, LATER_MS);
      });

      test("what was cancelled is told to all, once each", async () => {
        const scopes: readonly [string, string] = [randomUUID(), randomUUID()];
        const noted = scopes.map((scope) => ({ scope, reason: `no ${scope}` }));
        for (const cancel of noted) await store.noteCancel(cancel, LATER_MS);
        await other.noteCancel({ scope: scopes[0], reason: "later" }, LATER_MS);
        const found = (await other.cancels()).filter(({ scope }) => scopes.includes(scope));
        expect(found.toSorted((a, b) => scopes.indexOf(a.scope) - scopes.indexOf(b.scope))).toEqual(noted);
      });

      if (pass !== undefined) {
        test("what was marked or cancelled is forgotten when its time has come", async () => {
          const join = joinOf(2);
          const cancel = { scope: join.id, reason: "late" };
          await store.mark([join.id], mark, 50_000_000);
          await store.noteCancel(cancel, 50_000_000);
          expect(await store.cancels()).toContainEqual(cancel);
          pass(world, 100_000_000);
          expect(await store.cancels()).not.toContainEqual(cancel);
          expect(await store.register([join])).toEqual(["new"]);
        });
      }
    });

    test("to open it again does nothing", async () => {
      const { id } = await registered(1);
      await Promise.all([store.open(), store.open()]);
      expect(await store.arrive(id, [ok(0)])).toMatchObject({ count: 1 });
    });

    if (unreachable !== undefined) {
      test("a store that cannot be reached rejects with StoreUnavailable", async () => {
        const nobody = unreachable();
        const calls = [
          () => nobody.open(),
          () => nobody.register([joinOf(1)]),
          () => nobody.arrive("a", [ok(0)]),
          () => nobody.read("a"),
          () => nobody.claim("a", claimant("nonce")),
          () => nobody.mark(["a"], cancelFailure("r", "t", "i"), 0),
          () => nobody.markOf("a"),
          () => nobody.noteCancel({ scope: "a", reason: "r" }, 0),
          () => nobody.cancels(),
          () => nobody.retire("a", 0),
        ];
        for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailable);
        await nobody.close();
      });
    }
  });
}

/** Who asks for the first turn of a body, or a later one. */
export function claimant(nonce: string, turn = 0): Claimant {
  return { nonce, turn };
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

async function expectDocuments(store: JoinStore, { id, size }: Join): Promise<void> {
  const documents = documentsOf(id, size);
  const counts = await Promise.all(documents.map((document) => store.arrive(document.id, [])));
  expect(counts.map((count) => count?.size)).toEqual(documents.map((document) => document.size));
}

function joinOf(size: number, said: Partial<Join> = {}): Join {
  return {
    id: randomUUID(),
    size,
    next: continuationOf([]),
    flow: "flow",
    replyTo: null,
    members: null,
    ...said,
  };
}

function continuationOf(args: readonly unknown[]): Join["next"] {
  const step = { kind: "task", id: "flow.1", task: "sum", args, kwargs: {}, options: {} };
  return { steps: [step], join: null } as unknown as Join["next"];
}

function joins(): fc.Arbitrary<Join> {
  const args = fc.array(json(), { maxLength: 4 });
  const ids = fc.array(fc.uuid(), { maxLength: 3 });
  return fc
    .tuple(fc.nat({ max: 2_000 }), args, fc.string(), fc.option(fc.string()), fc.option(ids))
    .map(([size, bound, flow, replyTo, members]) =>
      joinOf(size, { next: continuationOf(bound), flow, replyTo, members }),
    );
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

function clientAt(world: JoinWorld, i: number): JoinStore {
  return world.clients[i % world.clients.length] ?? world.clients[0];
}

function ok(index: number): MemberArrival {
  return { index, ok: true };
}

function failed(index: number): MemberArrival {
  return { index, ok: false };
}

function deep(levels: number): unknown {
  let value: unknown = "bottom";
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { in: value };
  return value;
}

function byValue(a: number, b: number): number {
  return a - b;
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
