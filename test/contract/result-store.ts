import type { OutcomeRecord, PlacedTask, Put, ResultStore, StoredTask, TurnRecord } from "@umbel/core";
import { StoreUnavailable, endTurn, engineFailure, failed, isUnfinished, success } from "@umbel/core";
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeBegunSteps } from "./begun-steps.ts";
import { additionsOf, anyRecord, recordOf, replacedOf, retryOf } from "./outcome-records.ts";

/** A store under test. */
export interface ResultWorld {
  /** Its clients, opened; they share their records. */
  readonly clients: readonly [ResultStore, ...ResultStore[]];
  close(): Promise<void>;
}

/** What only some stores can be asked for. */
export interface ResultStoreExtras<World extends ResultWorld> {
  /** Writes that a task has begun, as another program may: a document that is not terminal. */
  readonly begin?: (world: World, id: string, state: string) => Promise<void>;
  /** Lets time pass, where the store has a clock that a test can set. */
  readonly pass?: (world: World, ms: number) => void;
  /** More bytes than a record of the store can have. */
  readonly tooManyBytes?: number;
  /** A store whose server cannot be reached. */
  readonly unreachable?: () => ResultStore;
}

/** The contract of {@link ResultStore}, as tests of one store. */
export function describeResultStore<World extends ResultWorld>(
  name: string,
  makeWorld: () => Promise<World>,
  { begin, pass, tooManyBytes, unreachable }: ResultStoreExtras<World> = {},
): void {
  describe(name, () => {
    let world: World;
    let store: ResultStore;
    let other: ResultStore;

    beforeAll(async () => {
      world = await makeWorld();
      store = world.clients[0];
      other = world.clients.at(-1) ?? store;
    });

    afterAll(() => world.close());

    test("the first put of an id wins, and every later one is given its record", async () => {
      const first = recordOf(randomUUID());
      const later = recordOf(first.id, {
        outcome: failed(engineFailure("JOIN_LOST", "lost", "add", first.id)),
      });
      expect(await store.put([first])).toEqual([{ won: true }]);
      expect(await other.put([later])).toEqual([{ won: false, stored: first }]);
      expect(await store.put([later])).toEqual([{ won: false, stored: first }]);
      expect((await other.find([first.id])).get(first.id)).toEqual({ state: "SUCCESS", record: first });
    });

    test("a put that is repeated is given its own record", async () => {
      const record = recordOf(randomUUID(), { by: "nonce" });
      await store.put([record]);
      expect(await store.put([record])).toEqual([{ won: false, stored: record }]);
    });

    test("a put without waiting, in a store that has it, is as any other", async () => {
      const record = recordOf(randomUUID());
      const put = async (): Promise<Put | undefined> =>
        store.putNow === undefined ? (await store.put([record]))[0] : store.putNow(record);
      expect(await put()).toEqual({ won: true });
      expect(await put()).toEqual({ won: false, stored: record });
      expect((await other.find([record.id])).get(record.id)).toEqual({ state: "SUCCESS", record });
    });

    test("of puts that race for some ids, each id has one winner whose record all others see", async () => {
      await fc.assert(
        fc.asyncProperty(races(), async (race) => {
          const puts = recordsIn(race);
          const answers = await Promise.all(puts.map((records, i) => clientAt(world, i).put(records)));
          checkWinners(puts.flat(), answers.flat());
        }),
        { numRuns: 25 },
      );
    });

    test("of two records with one id in one put, one wins", async () => {
      const id = randomUUID();
      const records = [1, 2].map((value) => recordOf(id, { outcome: success(value) }));
      checkWinners(records, await store.put(records));
    });

    test("records that were there already do not hold up the others", async () => {
      const records = Array.from({ length: 7 }, () => recordOf(randomUUID()));
      await other.put(records.filter((_, i) => i % 3 === 0));
      const again = records.map((record) => ({ ...record, outcome: success("again") }));
      const expected = records.map((stored, i): Put =>
        i % 3 === 0 ? { won: false, stored } : { won: true },
      );
      expect(await store.put(again)).toEqual(expected);
    });

    describe("in order", () => {
      const line = (length: number): readonly OutcomeRecord[] =>
        Array.from({ length }, () => recordOf(randomUUID()));

      test("all are stored where nothing is there", async () => {
        const records = line(5);
        expect(await store.putInOrder(records)).toEqual(records.map(() => ({ won: true })));
        const found = await other.find(records.map(({ id }) => id));
        expect(records.map(({ id }) => found.get(id)?.record)).toEqual(records);
        expect(await store.putInOrder([])).toEqual([]);
      });

      test.each([0, 2, 4])("nothing is stored behind the first that is there: %d", async (at) => {
        const records = line(5);
        const first = { ...records[at], outcome: success("first") } as OutcomeRecord;
        await other.put([first]);
        const won = Array.from({ length: at }, () => ({ won: true }));
        expect(await store.putInOrder(records)).toEqual([...won, { won: false, stored: first }]);
        const found = await other.find(records.map(({ id }) => id));
        expect([...found.keys()].toSorted()).toEqual(
          records
            .slice(0, at + 1)
            .map(({ id }) => id)
            .toSorted(),
        );
      });

      test("a later turn is won where it may be, and what comes after it is stored", async () => {
        const [a, b, c] = line(3) as [OutcomeRecord, OutcomeRecord, OutcomeRecord];
        await other.put([retryOf(b.id, 0)]);
        const records = [a, { ...b, turn: 1 }, c];
        expect(await store.putInOrder(records)).toEqual(records.map(() => ({ won: true })));
        expect(await find(other, c.id)).toEqual(c);
        const late = line(2).map((record, i) => (i === 0 ? { ...record, id: b.id } : record));
        const stored = { ...b, turn: 1 };
        expect(await store.putInOrder(late)).toEqual([{ won: false, stored }]);
      });

      if (tooManyBytes !== undefined) {
        test("one too large for the store becomes a failure, and nothing is stored behind it", async () => {
          const [a, b, c] = line(3) as [OutcomeRecord, OutcomeRecord, OutcomeRecord];
          const large = { ...b, outcome: success("x".repeat(tooManyBytes)) };
          const failure = { failure: { code: "RESULT_TOO_LARGE" } };
          expect(await store.putInOrder([a, large, c])).toMatchObject([
            { won: true },
            { won: false, stored: { outcome: failure } },
          ]);
          expect([...(await other.find([a.id, b.id, c.id])).keys()].toSorted()).toEqual(
            [a.id, b.id].toSorted(),
          );
        });
      }
    });

    test("a put of nothing answers nothing", async () => {
      expect(await store.put([])).toEqual([]);
    });

    test("a record is found as it was put", async () => {
      await fc.assert(
        fc.asyncProperty(anyRecord(), async (said) => {
          const record = { ...said, id: randomUUID() };
          expect(await store.put([record])).toEqual([{ won: true }]);
          const state = record.outcome.state;
          expect(await other.find([record.id])).toEqual(new Map([[record.id, { state, record }]]));
        }),
        { numRuns: 50 },
      );
    });

    test("thousands of records are put and found at once", async () => {
      const records = Array.from({ length: 2_500 }, () => recordOf(randomUUID()));
      expect(await store.put(records)).toEqual(records.map(() => ({ won: true })));
      const found = await other.find(records.map(({ id }) => id));
      expect(records.map(({ id }) => found.get(id)?.record)).toEqual(records);
    });

    test("an id of which nothing is known is not in the map", async () => {
      const { id } = recordOf(randomUUID());
      const known = recordOf(randomUUID());
      await store.put([known]);
      expect([...(await store.find([id, known.id, id, known.id])).keys()]).toEqual([known.id]);
      expect(await store.find([])).toEqual(new Map());
    });

    test("a flow is read by its id: its tasks, and none of another's", async () => {
      const flow = randomUUID();
      const own = ["", ".0", ".1.2", "+link.0", ".0+error.1.0", "!e", "~2.0", ".\u00fc"].map(
        (end) => flow + end,
      );
      const others = ["2", "2.0", "-", "-.0", "/1", ":", "_", "#1", "\u00fc"].map((end) => flow + end);
      const shorter = flow.slice(0, -1);
      await store.put([...own, ...others, shorter, `${shorter}.0`].map((id) => recordOf(id)));
      const records = new Map<string, unknown>();
      for await (const batch of other.findFlow(flow)) for (const [id, task] of batch) records.set(id, task);
      expect(records).toEqual(new Map(own.map((id) => [id, { state: "SUCCESS", record: recordOf(id) }])));
      expect(await statesOf(other, flow)).toEqual(new Map(own.map((id) => [id, "SUCCESS"])));
      expect(await statesOf(store, `${flow}.0`)).toEqual(
        new Map([`${flow}.0`, `${flow}.0+error.1.0`].map((id) => [id, "SUCCESS"])),
      );
      expect(await statesOf(store, randomUUID())).toEqual(new Map());
    });

    test("a flow of thousands is read in batches, and no further than one asks", async () => {
      const flow = randomUUID();
      const ids = Array.from({ length: 2_500 }, (_, i) => `${flow}.${i}`);
      await store.put(ids.map((id) => recordOf(id)));
      const sizes: number[] = [];
      for await (const batch of store.findFlow(flow)) sizes.push(batch.size);
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(2_500);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
      for await (const batch of store.findFlowStates(flow)) {
        expect(batch.size).toBeGreaterThan(0);
        break;
      }
    });

    test("what was found can be changed without changing the store", async () => {
      const value = { list: [1, { deep: 2 }] };
      const record = recordOf(randomUUID(), { outcome: success(value), args: [[1]], kwargs: { a: [1] } });
      await store.put([structuredClone(record)]);
      for (const read of [() => find(store, record.id), () => lose(store, record)]) {
        const found = (await read()) as unknown as Mutable;
        found.outcome.value.list.push(3);
        found.args[0]?.push(2);
        found.kwargs.a.push(2);
      }
      expect(await find(store, record.id)).toEqual(record);
    });

    test("what a task added to its group is kept with its outcome, and read back by whoever comes later", async () => {
      const id = randomUUID();
      const record = recordOf(id, { outcome: success([1], additionsOf(id)), flow: id });
      expect(await store.put([record])).toEqual([{ won: true }]);
      expect(await find(other, id)).toStrictEqual(record);
      expect(await other.put([recordOf(id)])).toStrictEqual([{ won: false, stored: record }]);
      for await (const batch of other.findFlow(id)) expect(batch.get(id)?.record).toStrictEqual(record);
      const found = (await find(store, id)) as unknown as Added;
      found.outcome.additions[1]?.steps.pop();
      expect(await find(store, id)).toStrictEqual(record);
    });

    test("of an outcome of a later turn, too; a later one of nothing added has none", async () => {
      const [tried, plain] = [randomUUID(), randomUUID()];
      const record = recordOf(tried, { turn: 1, outcome: success(1, additionsOf(tried)) });
      await store.put([retryOf(tried, 0), retryOf(plain, 0)]);
      await store.put([record, recordOf(plain, { turn: 1 })]);
      expect(await find(other, tried)).toStrictEqual(record);
      expect((await find(other, plain)).outcome).toStrictEqual(success(plain));
    });

    test("what was forgotten is unknown, and can be put again", async () => {
      const [kept, dropped] = [recordOf(randomUUID()), recordOf(randomUUID())];
      await store.put([kept, dropped]);
      await other.forget([dropped.id, randomUUID()]);
      await other.forget([]);
      expect([...(await store.find([kept.id, dropped.id])).keys()]).toEqual([kept.id]);
      expect(await store.put([dropped])).toEqual([{ won: true }]);
    });

    test("to open it again does nothing", async () => {
      const record = recordOf(randomUUID());
      await store.put([record]);
      await Promise.all([store.open(), store.open()]);
      expect(await find(store, record.id)).toEqual(record);
    });

    describeBegunSteps(() => world.clients);

    describe("turns", () => {
      test("a retry ends its turn, and keeps the message of the next one", async () => {
        const retry = retryOf(randomUUID(), 0, { args: ["$a.b", { "": [null] }], claim: "F.0" });
        expect(await store.put([retry])).toEqual([{ won: true }]);
        expect(await other.find([retry.id])).toEqual(
          new Map([[retry.id, { state: "RETRY", record: null, lastTurn: retry }]]),
        );
      });

      test("a put for a turn that is over is given what began the next one, a success too", async () => {
        const retry = retryOf(randomUUID(), 0);
        await store.put([retry]);
        const late = [recordOf(retry.id), retryOf(retry.id, 0, { nonce: "late" })];
        for (const record of late) {
          expect(await other.put([record])).toEqual([{ won: false, stored: retry }]);
        }
        expect((await store.find([retry.id])).get(retry.id)).toEqual({
          state: "RETRY",
          record: null,
          lastTurn: retry,
        });
      });

      test("an outcome of the next turn ends the task, for every turn", async () => {
        const id = randomUUID();
        const outcome = recordOf(id, { turn: 2 });
        const puts = [retryOf(id, 0), retryOf(id, 1), outcome];
        for (const record of puts) expect(await other.put([record])).toEqual([{ won: true }]);
        expect(await find(store, id)).toEqual(outcome);
        for (const late of [...puts, recordOf(id, { turn: 7 }), retryOf(id, 7)]) {
          expect(await store.put([late])).toEqual([{ won: false, stored: outcome }]);
        }
        expect(await find(store, id)).toEqual(outcome);
      });

      test("what took a task's place stays with it: after its turns, and after its outcome", async () => {
        const id = randomUUID();
        const replaced = replacedOf(id, 0, { args: ["$a.b", { "": [null] }] });
        const { next } = replaced.outcome;
        expect(await store.put([replaced])).toEqual([{ won: true }]);
        const stored = { state: "REPLACED", record: null, lastTurn: replaced, replaced: next };
        expect(await other.find([id])).toEqual(new Map([[id, stored]]));
        const retry = retryOf(id, 1);
        const lost = { won: false, stored: replaced, replaced: next };
        expect(await other.put([recordOf(id)])).toEqual([lost]);
        expect(await other.put([retry])).toEqual([{ won: true, replaced: next }]);
        expect((await store.find([id])).get(id)).toMatchObject({ state: "RETRY", replaced: next });
        const outcome = recordOf(id, { turn: 2 });
        expect(await store.put([outcome])).toEqual([{ won: true, replaced: next }]);
        expect(await other.put([retry])).toEqual([{ won: false, stored: outcome, replaced: next }]);
        expect(await other.find([id])).toEqual(
          new Map([[id, { state: "SUCCESS", record: outcome, replaced: next }]]),
        );
        expect(await statesOf(other, id)).toEqual(new Map([[id, "SUCCESS"]]));
      });

      test("a turn of a task of which nothing is known any more can end", async () => {
        const [ended, retried] = [recordOf(randomUUID(), { turn: 3 }), retryOf(randomUUID(), 3)];
        expect(await store.put([ended, retried])).toEqual([{ won: true }, { won: true }]);
        expect(await store.put([retryOf(ended.id, 0), recordOf(retried.id)])).toEqual([
          { won: false, stored: ended },
          { won: false, stored: retried },
        ]);
      });

      test("puts one after another go as the reducer says", async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(turnEnds(), { minLength: 1, maxLength: 10 }), async (ends) => {
            const id = randomUUID();
            let stored: StoredTask | undefined;
            for (const [i, end] of ends.entries()) {
              const record = end(id, i);
              const { after, put } = endTurn(stored, record);
              stored = after;
              expect(await clientAt(world, i).put([record])).toEqual([put]);
              expect((await store.find([id])).get(id)).toEqual(after);
            }
          }),
          { numRuns: 40 },
        );
      });

      test(
        "of puts that race, each turn has one winner at most, and the others are given what is later",
        async () => {
          await fc.assert(
            fc.asyncProperty(fc.array(turnEnds(), { minLength: 2, maxLength: 8 }), async (ends) => {
              const id = randomUUID();
              const records = ends.map((end, i) => end(id, i));
              const answers = await Promise.all(records.map((record, i) => clientAt(world, i).put([record])));
              const puts = answers.flat();
              checkTurns(records, puts, (await store.find([id])).get(id));
            }),
            { numRuns: 40 },
          );
        },
        RACES_MS,
      );

      test("what was found of a retry can be changed without changing the store", async () => {
        const retry = retryOf(randomUUID(), 0, { args: [[1]] });
        await store.put([structuredClone(retry)]);
        const found = (await store.find([retry.id])).get(retry.id)?.lastTurn;
        const [list] = (found?.outcome.next.args ?? []) as unknown as number[][];
        list?.push(2);
        expect((await store.find([retry.id])).get(retry.id)?.lastTurn).toEqual(retry);
      });

      if (tooManyBytes !== undefined) {
        test("a retry too large for the store becomes a failure of its turn", async () => {
          const retry = retryOf(randomUUID(), 0, { args: ["x".repeat(tooManyBytes)] });
          const [answer] = await store.put([retry]);
          expect(answer).toMatchObject({ won: false, stored: { turn: 0, outcome: { state: "FAILURE" } } });
          expect(await find(other, retry.id)).toMatchObject({
            outcome: { failure: { code: "RESULT_TOO_LARGE" } },
          });
        });
      }
    });

    if (begin !== undefined) {
      test("a flow is read with what has begun of it", async () => {
        const flow = randomUUID();
        await begin(world, `${flow}.0`, "STARTED");
        await store.put([recordOf(flow)]);
        expect(await statesOf(store, flow)).toEqual(
          new Map([
            [flow, "SUCCESS"],
            [`${flow}.0`, "STARTED"],
          ]),
        );
        for await (const batch of store.findFlow(flow))
          expect(batch.get(`${flow}.0`)).toEqual({ state: "STARTED", record: null });
      });

      test.each(["STARTED", "RETRY", "PENDING", "PROGRESS"])(
        "a task in state %s has no record yet",
        async (state) => {
          const id = randomUUID();
          await begin(world, id, state);
          expect(await store.find([id])).toEqual(new Map([[id, { state, record: null }]]));
        },
      );

      test("a task that has begun is overwritten by its outcome", async () => {
        const [begun, fresh, ended] = [
          recordOf(randomUUID()),
          recordOf(randomUUID()),
          recordOf(randomUUID()),
        ];
        await begin(world, begun.id, "STARTED");
        await store.put([ended]);
        const answers = await store.put([begun, ended, fresh]);
        expect(answers).toEqual([{ won: true }, { won: false, stored: ended }, { won: true }]);
        expect(await find(other, begun.id)).toEqual(begun);
      });

      test("a retry that another program wrote, without a turn, is overwritten by whichever turn ends", async () => {
        for (const turn of [0, 2]) {
          const [ended, retried] = [recordOf(randomUUID(), { turn }), retryOf(randomUUID(), turn)];
          for (const { id } of [ended, retried]) await begin(world, id, "RETRY");
          expect(await store.put([ended, retried])).toEqual([{ won: true }, { won: true }]);
          expect(await find(other, ended.id)).toEqual(ended);
          expect((await store.find([retried.id])).get(retried.id)?.lastTurn).toEqual(retried);
        }
      });

      test(
        "of puts that race for tasks that have begun, each has one winner",
        async () => {
          await fc.assert(
            fc.asyncProperty(races(), async (race) => {
              const puts = recordsIn(race);
              const ids = [...new Set(puts.flat().map(({ id }) => id))];
              await Promise.all(ids.map((id) => begin(world, id, "STARTED")));
              const answers = await Promise.all(puts.map((records, i) => clientAt(world, i).put(records)));
              checkWinners(puts.flat(), answers.flat());
            }),
            { numRuns: 15 },
          );
        },
        RACES_MS,
      );
    }

    if (tooManyBytes !== undefined) {
      test("an outcome too large for the store becomes a failure, and holds up no other", async () => {
        const large = recordOf(randomUUID(), { outcome: success("x".repeat(tooManyBytes)), by: "nonce" });
        const [before, after] = [recordOf(randomUUID()), recordOf(randomUUID())];
        const [first, answer, last] = await store.put([before, large, after]);
        expect([first, last]).toEqual([{ won: true }, { won: true }]);
        expect(answer).toMatchObject({
          won: false,
          stored: { id: large.id, by: "nonce", outcome: { state: "FAILURE" } },
        });
        const stored = await find(other, large.id);
        expect(stored.outcome).toMatchObject({
          failure: { code: "RESULT_TOO_LARGE", id: large.id, task: "add" },
        });
        expect(answer).toEqual({ won: false, stored });
        expect(await store.put([recordOf(large.id)])).toEqual([{ won: false, stored }]);
      });

      test("so does one whose additions are, and none of them is kept", async () => {
        const id = randomUUID();
        const [addition] = additionsOf(id) as [PlacedTask];
        const large = { ...addition, args: ["x".repeat(tooManyBytes)] };
        const [answer] = await store.put([recordOf(id, { outcome: success(1, [large]) })]);
        const stored = await find(other, id);
        expect(answer).toEqual({ won: false, stored });
        expect(stored.outcome).toMatchObject({ state: "FAILURE", failure: { code: "RESULT_TOO_LARGE" } });
        expect(stored.outcome).not.toHaveProperty("additions");
      });
    }

    if (pass !== undefined) {
      test("a record goes when its time has come", async () => {
        const gone = recordOf(randomUUID(), { expiresAtMs: 61_000 });
        const kept = [recordOf(randomUUID(), { expiresAtMs: 100_000_000 }), recordOf(randomUUID())];
        await store.put([gone, ...kept]);
        expect((await store.find([gone.id])).size).toBe(1);
        pass(world, 121_000);
        expect(await store.find([gone.id])).toEqual(new Map());
        expect((await store.find(kept.map(({ id }) => id))).size).toBe(2);
        expect(await store.put([gone])).toEqual([{ won: true }]);
      });

      test("a retry goes when its time has come, and its task can end", async () => {
        const retry = { ...retryOf(randomUUID(), 0), expiresAtMs: 200_000 };
        await store.put([retry]);
        pass(world, 200_000);
        expect(await store.find([retry.id])).toEqual(new Map());
        expect(await store.put([recordOf(retry.id, { turn: 1 })])).toEqual([{ won: true }]);
      });
    }

    if (unreachable !== undefined) {
      test("a store that cannot be reached rejects with StoreUnavailable", async () => {
        const nobody = unreachable();
        const calls = [
          () => nobody.open(),
          () => nobody.put([recordOf("a"), recordOf("b")]),
          () => nobody.find(["a"]),
          () => nobody.forget(["a"]),
          () => statesOf(nobody, "a"),
        ];
        for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailable);
        await nobody.close();
      });
    }
  });
}

/** A record as a reader might treat it who does not know that it is not his. */
interface Mutable {
  readonly outcome: { readonly value: { readonly list: unknown[] } };
  readonly args: unknown[][];
  readonly kwargs: { readonly a: unknown[] };
}

/** The same of a record with additions. */
interface Added {
  readonly outcome: { readonly additions: readonly { readonly steps: unknown[] }[] };
}

/** Milliseconds for all runs of a property whose puts race: a store that is slow at that takes 16 s, and 30 in a slow hour. */
const RACES_MS = 120_000;

/** Some puts that clients make at once; each number stands for a record under one of a few ids. */
function races(): fc.Arbitrary<number[][]> {
  const put = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 5 });
  return fc.array(put, { minLength: 2, maxLength: 6 });
}

/** n.b. ids are made here, not drawn: what one run stored would be there in the next. */
function recordsIn(race: readonly (readonly number[])[]): readonly (readonly OutcomeRecord[])[] {
  const ids = [randomUUID(), randomUUID(), randomUUID(), randomUUID()] as const;
  let made = 0;
  return race.map((put) => put.map((i) => recordOf(ids[i] ?? ids[0], { outcome: success((made += 1)) })));
}

/** Each id has one winner, and all others were given its record. */
function checkWinners(records: readonly OutcomeRecord[], answers: readonly Put[]): void {
  const winners = records.filter((_, i) => answers[i]?.won === true);
  const ids = [...new Set(records.map(({ id }) => id))];
  expect(winners.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  const stored = new Map(winners.map((winner) => [winner.id, winner]));
  const expected = records.map(({ id }, i) =>
    answers[i]?.won === true ? { won: true } : { won: false, stored: stored.get(id) },
  );
  expect(answers).toEqual(expected);
}

/** How some turn of a task may end. */
function turnEnds(): fc.Arbitrary<(id: string, value: number) => TurnRecord> {
  const turns = fc.nat({ max: 3 });
  return fc.oneof(
    {
      weight: 3,
      arbitrary: turns.map((turn) => (id: string, value: number) => retryOf(id, turn, { etaMs: value })),
    },
    {
      weight: 2,
      arbitrary: turns.map((turn) => (id: string, value: number) => replacedOf(id, turn, { args: [value] })),
    },
    {
      weight: 1,
      arbitrary: turns.map(
        (turn) => (id: string, value: number) => recordOf(id, { turn, outcome: success(value) }),
      ),
    },
  );
}

/** One winner a turn, of which the last is what is stored; every other was given a winner's, later than its turn. */
function checkTurns(
  records: readonly TurnRecord[],
  puts: readonly Put[],
  stored: StoredTask | undefined,
): void {
  const winners = records.filter((_, i) => puts[i]?.won === true);
  expect(new Set(winners.map(({ turn }) => turn)).size).toBe(winners.length);
  expect(winners.filter((record) => !isUnfinished(record)).length).toBeLessThanOrEqual(1);
  expect(winners).toContainEqual(stored?.record ?? stored?.lastTurn);
  for (const [i, { turn }] of records.entries()) {
    const put = puts[i];
    if (put === undefined || put.won) continue;
    expect(winners).toContainEqual(put.stored);
    expect(put.stored !== null && (!isUnfinished(put.stored) || put.stored.turn >= turn)).toBe(true);
  }
}

function clientAt(world: ResultWorld, i: number): ResultStore {
  return world.clients[i % world.clients.length] ?? world.clients[0];
}

async function statesOf(store: ResultStore, flow: string): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  for await (const batch of store.findFlowStates(flow))
    for (const [id, state] of batch) states.set(id, state);
  return states;
}

async function find(store: ResultStore, id: string): Promise<OutcomeRecord> {
  const record = (await store.find([id])).get(id)?.record;
  if (record === undefined || record === null) throw new Error(`nothing is stored of ${id}`);
  return record;
}

/** Puts a record whose id is taken, for the record that is there. */
async function lose(store: ResultStore, record: OutcomeRecord): Promise<TurnRecord> {
  const [answer] = await store.put([record]);
  if (answer === undefined || answer.won || answer.stored === null)
    throw new Error(`${record.id} was not taken`);
  return answer.stored;
}
