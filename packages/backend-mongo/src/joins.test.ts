import type { Join } from "@umbel/core";
import { MongoBulkWriteError } from "mongodb";
import { expect, test } from "vitest";
import type { Collections } from "./collections.ts";
import { Calls } from "./failures.ts";
import { MongoJoins } from "./joins.ts";

test("a large join is registered in one call, and again in two", async () => {
  const { joins, calls } = joinsOver(new Set());
  expect(await joins.register([joinOf("a", 100_000)])).toEqual([true]);
  expect(calls.splice(0)).toEqual(["insertMany of 101"]);
  expect(await joins.register([joinOf("a", 100_000)])).toEqual([false]);
  expect(calls).toEqual(["insertMany of 101", "find of 100"]);
});

test("what is missing of a join is registered in one call more", async () => {
  const { joins, calls } = joinsOver(new Set(["a", "a/0", "a/7", "a/99"]));
  expect(await joins.register([joinOf("a", 100_000)])).toEqual([false]);
  expect(calls).toEqual(["insertMany of 101", "find of 100", "insertMany of 97"]);
});

/** Joins over a collection that has these ids and takes others, and what it was asked. */
function joinsOver(ids: Set<string>): { readonly joins: MongoJoins; readonly calls: string[] } {
  const calls: string[] = [];
  const insertMany = async (documents: readonly { readonly _id: string }[]): Promise<void> => {
    calls.push(`insertMany of ${documents.length}`);
    for (const [index, { _id }] of documents.entries()) {
      if (ids.has(_id)) throw duplicate(index);
      ids.add(_id);
    }
  };
  const find = ({ _id }: { readonly _id: { readonly $in: readonly string[] } }): object => {
    calls.push(`find of ${_id.$in.length}`);
    return { toArray: async () => _id.$in.filter((id) => ids.has(id)).map((id) => ({ _id: id })) };
  };
  const collections = { joins: { insertMany, find }, calls: new Calls("host:1/db") };
  return { joins: new MongoJoins(collections as unknown as Collections), calls };
}

function duplicate(index: number): MongoBulkWriteError {
  const said = { message: "E11000", code: 11_000, writeErrors: [{ index, code: 11_000 }] } as never;
  return new MongoBulkWriteError(said, { getWriteConcernError: () => undefined } as never);
}

function joinOf(id: string, size: number): Join {
  return { id, size, next: { steps: [], join: null }, flow: "flow", replyTo: null, members: null };
}
