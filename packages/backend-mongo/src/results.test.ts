import type { OutcomeRecord, ResultDocument } from "@umbel/core";
import { StoreUnavailable, success } from "@umbel/core";
import { MongoServerError } from "mongodb";
import { expect, test } from "vitest";
import type { Collections } from "./collections.ts";
import { Calls } from "./failures.ts";
import { MongoResults } from "./results.ts";

// What servers do that the one at hand cannot be made to do.

test.each([121, 10_334, 16])(
  "a document that the server refuses with %i becomes a failure, and holds up no other",
  async (code) => {
    const stored: ResultDocument[] = [];
    const refused = ({ status, _id }: ResultDocument): boolean => _id === "b" && status === "SUCCESS";
    const server = serverOver(stored, (document) => (refused(document) ? code : null));
    const answers = await storeOver(server).put(["a", "b", "c"].map(recordOf));
    const failure = { code: "RESULT_TOO_LARGE" };
    expect(answers[0]).toEqual({ won: true });
    expect(answers[1]).toMatchObject({ won: false, stored: { id: "b", outcome: { failure } } });
    expect(answers[2]).toEqual({ won: true });
    expect(stored.map(({ _id, status }) => `${_id} ${status}`)).toEqual([
      "a SUCCESS",
      "c SUCCESS",
      "b FAILURE",
    ]);
    expect(stored[2]?.result).toContain("was refused (no)");
  },
);

test("arguments that the server refuses are left out", async () => {
  const stored: ResultDocument[] = [];
  const server = serverOver(stored, ({ args }) => (args === null ? null : 57));
  expect(await storeOver(server).put([recordOf("a")])).toEqual([{ won: true }]);
  expect(stored).toMatchObject([{ _id: "a", status: "SUCCESS", result: '"a"', args: null, kwargs: null }]);
});

test("an outcome that the server refuses over a task that has begun becomes a failure", async () => {
  const stored: ResultDocument[] = [];
  const begun = { toArray: async () => [{ _id: "a", status: "STARTED" }] };
  const findOneAndUpdate = async (_filter: object, { $set }: { $set: ResultDocument }): Promise<object> => {
    if ($set.status === "SUCCESS") throw new MongoServerError({ code: 121, errmsg: "no" });
    stored.push($set);
    return { _id: "a" };
  };
  const server = serverOver([], () => 11_000, { find: () => begun, findOneAndUpdate });
  const answers = await storeOver(server).put([recordOf("a")]);
  const failure = { code: "RESULT_TOO_LARGE" };
  expect(answers).toMatchObject([{ won: false, stored: { outcome: { failure } } }]);
  expect(stored).toMatchObject([{ status: "FAILURE" }]);
});

test.each([16_500, 14_031, 11_600])(
  "a document that the server cannot take now, with %i, makes the put fail",
  async (code) => {
    const store = storeOver(serverOver([], ({ _id }) => (_id === "b" ? code : null)));
    await expect(store.put(["a", "b"].map(recordOf))).rejects.toThrow(StoreUnavailable);
  },
);

test("a server that refuses the failure, too, makes the put fail", async () => {
  const store = storeOver(serverOver([], () => 121));
  await expect(store.put([recordOf("a")])).rejects.toThrow(/could not store outcomes: no/);
});

test("an id that is taken and never found makes the put fail, not hang", async () => {
  const store = storeOver(serverOver([], () => 11_000));
  await expect(store.put([recordOf("a")])).rejects.toThrow(/keep changing/);
});

function storeOver(server: Pick<Collections, "results" | "database">): MongoResults {
  return new MongoResults({ ...server, calls: new Calls("host:1/db") } as unknown as Collections);
}

/** A server that answers each document of an insert with a code, or takes it. */
function serverOver(
  stored: ResultDocument[],
  codeFor: (document: ResultDocument) => number | null,
  more: object = {},
): Pick<Collections, "results" | "database"> {
  const command = async ({
    documents,
  }: {
    readonly documents: readonly ResultDocument[];
  }): Promise<object> => {
    const codes = documents.map(codeFor);
    stored.push(...documents.filter((_, i) => codes[i] === null));
    const errors = codes.flatMap((code, index) => (code === null ? [] : [{ index, code, errmsg: "no" }]));
    return { ok: 1, ...(errors.length > 0 && { writeErrors: errors }) };
  };
  const insertOne = async (document: ResultDocument): Promise<void> => {
    const code = codeFor(document);
    if (code !== null) throw new MongoServerError({ index: 0, code, errmsg: "no" });
    stored.push(document);
  };
  const find = (): object => ({ toArray: async () => [] });
  const results = { insertOne, find, ...more };
  return { results, database: { command } } as unknown as Pick<Collections, "results" | "database">;
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
    turn: 0,
    startedAtMs: null,
    doneAtMs: 0,
    expiresAtMs: null,
  };
}
