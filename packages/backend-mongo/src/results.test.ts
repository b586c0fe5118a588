import type { OutcomeRecord, ResultDocument } from "@umbel/core";
import { StoreUnavailable, success } from "@umbel/core";
import { MongoBulkWriteError, MongoServerError } from "mongodb";
import { expect, test } from "vitest";
import type { Collections } from "./collections.ts";
import { Calls } from "./failures.ts";
import { MongoResults } from "./results.ts";

// What a server does that none at hand can be made to do.

test.each([121, 10_334, 16])(
  "a document that the server refuses with %i becomes a failure, and holds up no other",
  async (code) => {
    const stored: ResultDocument[] = [];
    const store = storeOver(
      collectionOver(stored, ({ status, _id }) => (_id === "b" && status === "SUCCESS" ? code : null)),
    );
    const answers = await store.put(["a", "b", "c"].map(recordOf));
    expect(answers[0]).toEqual({ won: true });
    expect(answers[1]).toMatchObject({
      won: false,
      stored: { id: "b", outcome: { failure: { code: "RESULT_TOO_LARGE" } } },
    });
    expect(answers[2]).toEqual({ won: true });
    expect(stored.map(({ _id, status }) => `${_id} ${status}`)).toEqual([
      "a SUCCESS",
      "c SUCCESS",
      "b FAILURE",
    ]);
    expect(stored[2]?.result).toContain("was refused (no)");
  },
);

test("an outcome that the server refuses over a task that has begun becomes a failure", async () => {
  const stored: ResultDocument[] = [];
  const begun = { toArray: async () => [{ _id: "a", status: "STARTED" }] };
  const updateOne = async (_filter: object, { $set }: { $set: ResultDocument }): Promise<object> => {
    if ($set.status === "SUCCESS") throw new MongoServerError({ code: 121, errmsg: "no" });
    stored.push($set);
    return { matchedCount: 1 };
  };
  const results = { ...collectionOver([], () => 11_000), find: () => begun, updateOne };
  const answers = await storeOver(results).put([recordOf("a")]);
  expect(answers).toMatchObject([
    { won: false, stored: { outcome: { failure: { code: "RESULT_TOO_LARGE" } } } },
  ]);
  expect(stored).toMatchObject([{ status: "FAILURE" }]);
});

test.each([16_500, 14_031, 11_600])(
  "a document that the server cannot take now, with %i, makes the put fail",
  async (code) => {
    const store = storeOver(collectionOver([], ({ _id }) => (_id === "b" ? code : null)));
    await expect(store.put(["a", "b"].map(recordOf))).rejects.toThrow(StoreUnavailable);
  },
);

test("a server that refuses the failure, too, makes the put fail", async () => {
  const store = storeOver(collectionOver([], () => 121));
  await expect(store.put([recordOf("a")])).rejects.toThrow(/could not store outcomes: no/);
});

test("an id that is taken and never found makes the put fail, not hang", async () => {
  const store = storeOver(collectionOver([], () => 11_000));
  await expect(store.put([recordOf("a")])).rejects.toThrow(/keep changing/);
});

/** A store over a server that answers each document of an insert with a code, or takes it. */
function storeOver(
  stored: ResultDocument[],
  codeFor: (document: ResultDocument) => number | null,
): MongoResults {
  const insertMany = async (documents: readonly ResultDocument[]): Promise<void> => {
    const codes = documents.map(codeFor);
    stored.push(...documents.filter((_, i) => codes[i] === null));
    const writeErrors = codes.flatMap((code, index) =>
      code === null ? [] : [{ index, code, errmsg: "no" }],
    );
    if (writeErrors.length > 0) throw bulkError(writeErrors);
  };
  return { insertMany, find: () => ({ toArray: async () => [] }) };
}

function bulkError(writeErrors: readonly object[]): MongoBulkWriteError {
  const said = { message: "no", code: 1, writeErrors } as never;
  return new MongoBulkWriteError(said, { getWriteConcernError: () => undefined } as never);
}

function recordOf(id: string): OutcomeRecord {
  return {
    id,
    outcome: success(id),
    by: null,
    task: "add",
    args: [],
    kwargs: {},
    flow: null,
    parent: null,
    queue: null,
    worker: null,
    retries: 0,
    doneAtMs: 0,
    expiresAtMs: null,
  };
}
