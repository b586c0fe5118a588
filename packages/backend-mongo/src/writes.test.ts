import type { Collection } from "mongodb";
import { MongoServerError, WriteConcern } from "mongodb";
import { expect, test } from "vitest";
import { Writes } from "./writes.ts";

interface Stored {
  readonly _id: string;
}

test("several documents are one command, with the collection's write concern", async () => {
  const { writes, calls } = writesOver({ ok: 1, n: 2 });
  expect(await writes.insert(["a", "b"].map(small), false)).toEqual(new Map());
  const writeConcern = { w: "majority", j: true, wtimeout: 500 };
  const documents = [{ _id: "a" }, { _id: "b" }];
  expect(calls).toEqual([{ insert: "things", ordered: false, documents, writeConcern }]);
});

test("what went wrong with single documents is told by their index", async () => {
  const taken = { index: 1, code: 11_000, errmsg: "E11000" };
  const { writes } = writesOver({ ok: 1, n: 1, writeErrors: [taken] });
  expect(await writes.insert(["a", "b"].map(small), true)).toEqual(new Map([[1, taken]]));
});

test("an insert that too few servers acknowledged fails, whatever else it says", async () => {
  const writeConcernError = { code: 64, errmsg: "waiting for replication timed out" };
  const taken = { index: 0, code: 11_000 };
  for (const said of [{ writeConcernError }, { writeConcernError, writeErrors: [taken] }]) {
    const { writes } = writesOver({ ok: 1, ...said });
    await expect(writes.insert(["a", "b"].map(small), false)).rejects.toThrow(/replication timed out/);
  }
});

test("documents that do not fit a command go as the driver cuts them", async () => {
  const { writes, calls } = writesOver({});
  const large = ["a", "b"].map((_id) => ({ document: { _id }, bytes: 5_000_000 }));
  expect(await writes.insert(large, true)).toEqual(new Map());
  expect(calls).toEqual(["insertMany of 2, ordered"]);
});

test("updates tell how many they matched, and fail with the first that failed", async () => {
  const updates = ["a", "b"].map((_id) => ({ q: { _id }, u: { $set: {} } }));
  const { writes, calls } = writesOver({ ok: 1, n: 2, nModified: 0 });
  expect(await writes.update(updates)).toBe(2);
  expect(calls).toMatchObject([{ update: "things", ordered: false, updates, writeConcern: { j: true } }]);
  const failing = writesOver({ ok: 1, n: 1, writeErrors: [{ index: 1, code: 9, errmsg: "FailedToParse" }] });
  const failed = failing.writes.update(updates);
  await expect(failed).rejects.toThrow(MongoServerError);
  await expect(failed).rejects.toThrow("FailedToParse");
});

/** Writes to a server that answers each command alike, and what it was asked. */
function writesOver(answer: object): { readonly writes: Writes<Stored>; readonly calls: unknown[] } {
  const calls: unknown[] = [];
  const insertMany = async (all: readonly Stored[], { ordered }: { readonly ordered: boolean }) => {
    calls.push(`insertMany of ${all.length}${ordered ? ", ordered" : ""}`);
  };
  const writeConcern = new WriteConcern("majority", 500, true);
  const collection = { collectionName: "things", writeConcern, insertMany } as unknown as Collection<Stored>;
  const command = async (asked: object): Promise<object> => {
    calls.push(asked);
    return answer;
  };
  return { writes: new Writes({ command }, collection), calls };
}

function small(_id: string): { readonly document: Stored; readonly bytes: number } {
  return { document: { _id }, bytes: 100 };
}
