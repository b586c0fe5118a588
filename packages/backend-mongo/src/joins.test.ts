import type { Join } from "@umbel/core";
import { StoreUnavailable } from "@umbel/core";
import { MongoServerError, ObjectId } from "mongodb";
import { expect, test } from "vitest";
import type { Collections } from "./collections.ts";
import { Calls } from "./failures.ts";
import { MongoJoins } from "./joins.ts";

const NONCE = { nonce: "nonce", turn: 0 };

test("a large join is registered in one call, and again in three", async () => {
  const { joins, calls } = joinsOver(new Set());
  expect(await joins.register([joinOf("a", 100_000)])).toEqual(["new"]);
  expect(calls.splice(0)).toEqual(["insert of 101"]);
  expect(await joins.register([joinOf("a", 100_000)])).toEqual(["known"]);
  expect(calls).toEqual(["insert of 101", "find of 100", "find of 2"]);
});

test("what is missing of a join is registered in one call more, and its mark and size are looked at", async () => {
  const { joins, calls } = joinsOver(new Set(["a", "a/0", "a/7", "a/99"]));
  expect(await joins.register([joinOf("a", 100_000)])).toEqual(["known"]);
  expect(calls).toEqual(["insert of 101", "find of 100", "insert of 97", "find of 2"]);
});

test("a join that is registered between a claim and the look at what held it up is claimed", async () => {
  const matched = [0, 1];
  const updateOne = async (): Promise<object> => ({ matchedCount: matched.shift() });
  const findOne = async (): Promise<object> => ({ claim: null });
  expect(await storeOver({ updateOne, findOne }).claim("a", NONCE)).toBe("mine");
});

test("a claim that another copy of the same publication made meanwhile is mine", async () => {
  const matched = [0, 1];
  const updateOne = async (): Promise<object> => ({ matchedCount: matched.shift() });
  const findOne = async (): Promise<object> => ({ claim: NONCE });
  expect(await storeOver({ updateOne, findOne }).claim("a", NONCE)).toBe("mine");
});

test("a join that is registered between an arrival and the look at what held it up counts it", async () => {
  const counted = { size: 2, count: 1, failed: 0 };
  const answers = [null, counted];
  const findOneAndUpdate = async (): Promise<object | null> => answers.shift() ?? null;
  const findOne = async (): Promise<object> => ({ size: 2, w0: 0n });
  const joins = storeOver({ findOneAndUpdate, findOne });
  expect(await joins.arrive("a", [{ index: 1, ok: true }])).toEqual({ ...counted, repeats: [false] });
});

test("words that change each time they are looked at make an arrival fail, not hang", async () => {
  const findOneAndUpdate = async (): Promise<null> => null;
  const findOne = async (): Promise<object> => ({ size: 2, w0: 0n });
  const arrival = storeOver({ findOneAndUpdate, findOne }).arrive("a", [{ index: 1, ok: true }]);
  await expect(arrival).rejects.toThrow(StoreUnavailable);
});

test("arrivals at several joins are one write and one read; who was followed did not complete its join", async () => {
  const { joins, calls } = countingOver(({ matched, last }) => ({
    matched,
    last: { a: last, b: ANOTHER, c: last },
  }));
  const seen = await Promise.all(["a", "b", "c"].map((id) => joins.arrive(id, [{ index: 0, ok: true }])));
  const known = { size: 2, count: 2, failed: 0, repeats: [false] };
  expect(seen).toEqual([known, { ...known, count: null }, known]);
  expect(calls).toEqual(["update of 3", "find of 3"]);
});

test("where not all could be counted in the write, those of which it is not known are counted by themselves", async () => {
  const { joins, calls } = countingOver(({ last }) => ({
    matched: 2,
    last: { a: last, b: ANOTHER, c: ANOTHER },
  }));
  const seen = await Promise.all(["a", "b", "c"].map((id) => joins.arrive(id, [{ index: 0, ok: true }])));
  const single = { size: 2, count: 1, failed: 0, repeats: [false] };
  expect(seen).toEqual([{ ...single, count: 2 }, single, single]);
  expect(calls).toEqual(["update of 3", "find of 3", "findOneAndUpdate of b", "findOneAndUpdate of c"]);
});

const ANOTHER = new ObjectId();

interface Written {
  readonly matched: number;
  readonly last: ObjectId;
}

interface Found {
  readonly matched: number;
  readonly last: Readonly<Record<string, ObjectId>>;
}

interface Update {
  readonly u: { readonly $set: { readonly last: ObjectId } };
}

/** Joins over a collection of complete ones that says how many a write matched, and who was the last at each. */
function countingOver(say: (written: Written) => Found) {
  const calls: string[] = [];
  let found: Found = { matched: 0, last: {} };
  const command = async ({
    updates,
  }: {
    readonly updates: readonly [Update, ...Update[]];
  }): Promise<object> => {
    calls.push(`update of ${updates.length}`);
    found = say({ matched: updates.length, last: updates[0].u.$set.last });
    return { ok: 1, n: found.matched };
  };
  const find = ({ _id }: { readonly _id: { readonly $in: readonly string[] } }) => {
    calls.push(`find of ${_id.$in.length}`);
    const read = _id.$in.map((id) => ({ _id: id, size: 2, count: 2, failed: 0, last: found.last[id] }));
    return { toArray: async () => read };
  };
  const findOneAndUpdate = async ({ _id }: { readonly _id: string }): Promise<object> => {
    calls.push(`findOneAndUpdate of ${_id}`);
    return { size: 2, count: 1, failed: 0 };
  };
  return { joins: storeOver({ find, findOneAndUpdate }, { command }), calls };
}

/** Joins over a collection that has these ids and takes others, and what it was asked. */
function joinsOver(ids: Set<string>): { readonly joins: MongoJoins; readonly calls: string[] } {
  const calls: string[] = [];
  const insert = (documents: readonly { readonly _id: string }[]): number | null => {
    calls.push(`insert of ${documents.length}`);
    for (const [index, { _id }] of documents.entries()) {
      if (ids.has(_id)) return index;
      ids.add(_id);
    }
    return null;
  };
  const command = async ({
    documents,
  }: {
    readonly documents: readonly { readonly _id: string }[];
  }): Promise<object> => {
    const taken = insert(documents);
    return { ok: 1, ...(taken !== null && { writeErrors: [{ index: taken, code: 11_000 }] }) };
  };
  const insertOne = async (document: { readonly _id: string }): Promise<void> => {
    if (insert([document]) !== null) throw new MongoServerError({ index: 0, code: 11_000 });
  };
  const find = ({
    _id,
    mark,
  }: {
    readonly _id: { readonly $in: readonly string[] };
    readonly mark?: object;
  }) => {
    calls.push(`find of ${_id.$in.length}`);
    if (mark !== undefined) return { toArray: async () => [] };
    return { toArray: async () => _id.$in.filter((id) => ids.has(id)).map((id) => ({ _id: id })) };
  };
  return { joins: storeOver({ insertOne, find }, { command }), calls };
}

function storeOver(joins: object, database: object = {}): MongoJoins {
  return new MongoJoins({ joins, database, calls: new Calls("host:1/db") } as unknown as Collections);
}

function joinOf(id: string, size: number): Join {
  return { id, size, next: { steps: [], join: null }, flow: "flow", replyTo: null, members: null };
}
