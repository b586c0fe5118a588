import { StoreUnavailable } from "@umbel/core";
import { MongoBulkWriteError, MongoNetworkError, MongoServerError } from "mongodb";
import { describe, expect, test } from "vitest";
import { Calls, documentErrors, withoutPassword } from "./failures.ts";

const calls = new Calls("host:1/db");

describe("a call", () => {
  test("gives what the driver gives", async () => {
    expect(await calls.make("read", async () => 3)).toBe(3);
  });

  test("that the network fails says where, what for, what came and what to do, and keeps the cause", async () => {
    const cause = new MongoNetworkError("connect ECONNREFUSED");
    const call = calls.make("store outcomes", () => Promise.reject(cause));
    await expect(call).rejects.toThrow(StoreUnavailable);
    await expect(call).rejects.toMatchObject({
      cause,
      message:
        "MongoDB at host:1/db could not store outcomes: connect ECONNREFUSED; " +
        "is it running, is the address right, and may this machine reach it?",
    });
  });

  test.each([
    [18, "Authentication failed.", /right user, password and authSource/],
    [13, "not authorized", /may that user read and write there/],
    [11_600, "interrupted at shutdown", /its log may say more/],
    [10_107, "not primary", /its log may say more/],
  ])("that the server refuses with code %i is unavailable, too", async (code, errmsg, advice) => {
    const call = calls.make("read", () => Promise.reject(new MongoServerError({ code, errmsg })));
    await expect(call).rejects.toThrow(StoreUnavailable);
    await expect(call).rejects.toThrow(advice);
  });

  test("that fails by a bug shows the bug", async () => {
    const bug = new TypeError("x is undefined");
    await expect(calls.make("read", () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe("the errors of an insert of several documents", () => {
  const taken = { index: 2, code: 11_000, errmsg: "E11000" };

  test("are none when it went well", async () => {
    expect(await documentErrors(Promise.resolve())).toEqual(new Map());
  });

  test("are those of single documents", async () => {
    const errors = await documentErrors(Promise.reject(bulkError({ writeErrors: [taken] })));
    expect(errors.get(2)).toMatchObject({ code: 11_000 });
    expect(errors.size).toBe(1);
  });

  test("are that of the only one, where it was inserted alone", async () => {
    const alone = new MongoServerError({ ...taken, index: 0 });
    const errors = await documentErrors(Promise.reject(alone));
    expect([...errors]).toEqual([[0, { ...taken, index: 0 }]]);
    const whole = new MongoServerError({ code: 13, errmsg: "not authorized" });
    await expect(documentErrors(Promise.reject(whole))).rejects.toBe(whole);
  });

  test("are not all there is, when the network failed", async () => {
    const wrapped = new MongoBulkWriteError(new MongoNetworkError("cut"), result(undefined));
    await expect(documentErrors(Promise.reject(wrapped))).rejects.toBe(wrapped);
  });

  test("are not all there is, when too few servers acknowledged", async () => {
    const error = bulkError({ writeErrors: [taken], concern: { code: 64 } });
    await expect(documentErrors(Promise.reject(error))).rejects.toBe(error);
  });

  test("are no matter, when something else failed", async () => {
    await expect(documentErrors(Promise.reject(new TypeError("bug")))).rejects.toThrow(TypeError);
  });
});

test.each([
  ["mongodb://user:secret@host/db", "mongodb://***@host/db"],
  ["cannot parse mongodb+srv://user:se/cr@et@host, sorry", "cannot parse mongodb+srv://***@host, sorry"],
  ["mongodb://host/db", "mongodb://host/db"],
])("%s is shown as %s", (text, shown) => {
  expect(withoutPassword(text)).toBe(shown);
});

function bulkError({
  writeErrors,
  concern,
}: {
  writeErrors: readonly object[];
  concern?: object;
}): MongoBulkWriteError {
  const said = { message: "E11000", code: 11_000, writeErrors } as never;
  return new MongoBulkWriteError(said, result(concern));
}

function result(concern: object | undefined): never {
  return { getWriteConcernError: () => concern } as never;
}
