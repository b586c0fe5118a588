import type { ResultStore, Start, StoredTask, TurnRecord } from "@umbel/core";
import { endTurn, startTurn, success } from "@umbel/core";
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { recordOf, retryOf } from "./outcome-records.ts";

/** What a store knows of steps that may have to be undone, as tests of one store (rules 38 to 40). */
export function describeBegunSteps(clients: () => readonly [ResultStore, ...ResultStore[]]): void {
  const store = (): ResultStore => clients()[0];
  const clientAt = (i: number): ResultStore => clients()[i % clients().length] ?? store();

  describe("steps that may have to be undone", () => {
    test("are begun once: by the first, and by its own later deliveries", async () => {
      const id = randomUUID();
      expect(await store().start(startOf(id, "a", 1))).toEqual({ kind: "mine", isAgain: false });
      expect(await clientAt(1).start(startOf(id, "b", 5))).toEqual({ kind: "held" });
      expect(await clientAt(1).start(startOf(id, "a", 0))).toEqual({ kind: "held" });
      expect(await clientAt(1).start(startOf(id, "a", 2))).toEqual({ kind: "mine", isAgain: true });
      expect((await store().find([id])).get(id)).toEqual({
        state: "STARTED",
        record: null,
        held: { by: "a", rank: 2, turn: 0 },
      });
    });

    test("are ended by who has begun them, and by no cancel", async () => {
      const id = randomUUID();
      await store().start(startOf(id, "a", 1));
      const lost = [{ won: false, stored: null }];
      expect(await clientAt(1).put([recordOf(id, { turn: 9 })])).toEqual(lost);
      expect(await clientAt(1).put([recordOf(id, { holder: { by: "a", rank: 0 } })])).toEqual(lost);
      expect(await clientAt(1).put([recordOf(id, { holder: { by: "a", rank: 1 } })])).toEqual([
        { won: true },
      ]);
      const stored = recordOf(id);
      expect((await store().find([id])).get(id)).toEqual({ state: "SUCCESS", record: stored });
      expect(await store().start(startOf(id, "a", 2))).toEqual({ kind: "stored", stored });
    });

    test("go as the reducers say, one after another", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(acts(), { minLength: 1, maxLength: 10 }), async (said) => {
          const id = randomUUID();
          const [answers, expected]: [unknown[], unknown[]] = [[], []];
          let stored: StoredTask | undefined;
          for (const [i, { kind, by, rank, turn }] of said.entries()) {
            const holder = { by, rank };
            if (kind === "start") {
              const begun = startTurn(stored, { turn, holder });
              stored = begun.after;
              expected.push(begun.started);
              answers.push(await clientAt(i).start({ ...startOf(id, by, rank), turn }));
            } else {
              const record = { ...endOf(kind, id, turn, i), ...(by !== "c" && { holder }) };
              const ended = endTurn(stored, record);
              stored = withoutHolder(ended.after);
              expected.push([plain(ended.put)]);
              answers.push(await clientAt(i).put([record]));
            }
            expect((await store().find([id])).get(id)).toEqual(stored);
          }
          expect(answers).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });

    test("of several that begin one at once, one has it", async () => {
      for (let round = 0; round < 10; round += 1) {
        const id = randomUUID();
        const starts = Array.from({ length: 6 }, (_, i) => clientAt(i).start(startOf(id, `n${i}`, 0)));
        const kinds = (await Promise.all(starts)).map(({ kind }) => kind);
        expect(kinds.toSorted()).toEqual(["held", "held", "held", "held", "held", "mine"]);
      }
    });

    test("keep what they were called with, however large and whatever it is", async () => {
      const record = recordOf(randomUUID(), {
        args: ["x".repeat(200_000), { $where: ["\0"] }],
        kwargs: { "$a.b": null },
      });
      await store().put([{ ...record, holder: { by: "a", rank: 0 } }]);
      expect((await clientAt(1).find([record.id])).get(record.id)?.record).toEqual(record);
    });

    test("are found with their flow before they have ended", async () => {
      const flow = randomUUID();
      await store().start({ ...startOf(`${flow}.0`, "a", 0), flow });
      const states = new Map<string, string>();
      for await (const batch of clientAt(1).findFlowStates(flow))
        for (const [id, state] of batch) states.set(id, state);
      expect(states).toEqual(new Map([[`${flow}.0`, "STARTED"]]));
      for await (const batch of clientAt(1).findFlow(flow))
        expect(batch.get(`${flow}.0`)).toMatchObject({ state: "STARTED", record: null });
    });

    test("can be forgotten", async () => {
      const id = randomUUID();
      await store().start(startOf(id, "a", 0));
      await clientAt(1).forget([id]);
      expect((await store().find([id])).size).toBe(0);
      expect(await store().start(startOf(id, "b", 0))).toEqual({ kind: "mine", isAgain: false });
    });
  });
}

function startOf(id: string, by: string, rank: number): Start {
  const times = { startedAtMs: 1_699_999_999_000, expiresAtMs: EXPIRES_AT_MS };
  return { id, turn: 0, holder: { by, rank }, task: "add", flow: id, worker: "umbel@host", ...times };
}

const EXPIRES_AT_MS = 5_000_000_000_000;

function endOf(kind: "retry" | "end", id: string, turn: number, value: number): TurnRecord {
  const ended =
    kind === "retry" ? retryOf(id, turn, { etaMs: value }) : recordOf(id, { turn, outcome: success(value) });
  return { ...ended, expiresAtMs: EXPIRES_AT_MS };
}

interface Act {
  readonly kind: "start" | "retry" | "end";
  readonly by: string;
  readonly rank: number;
  readonly turn: number;
}

function acts(): fc.Arbitrary<Act> {
  return fc.record({
    kind: fc.constantFrom("start", "start", "retry", "end"),
    by: fc.constantFrom("a", "b", "c"),
    rank: fc.nat({ max: 2 }),
    turn: fc.nat({ max: 2 }),
  });
}

/** n.b. Who wrote a record is no part of what is stored. */
function withoutHolder({ record, lastTurn, ...task }: StoredTask): StoredTask {
  return {
    ...task,
    record: record && plain(record),
    ...(lastTurn && { lastTurn: plain(lastTurn) }),
  };
}

function plain<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (key === "holder" ? undefined : each)),
  ) as Value;
}
