import { InvalidOption } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { mongoBackend } from "./backend.ts";
import { Collections } from "./collections.ts";

const HOST = "mongodb://127.0.0.1:27017";

describe("a URL", () => {
  test.each([
    [HOST, undefined, "celery"],
    [`${HOST}/`, undefined, "celery"],
    [`${HOST}/?appName=x`, undefined, "celery"],
    [`${HOST}/proj`, undefined, "proj"],
    [`mongodb://user:pa%2Fss@a:1,b:2/pr%C3%B6j?replicaSet=r`, undefined, "pröj"],
    [`${HOST}/proj`, "other", "other"],
  ])("%s with the option %s leads to the database %s", (url, database, expected) => {
    const options = database === undefined ? {} : { database };
    const { results, joins } = new Collections(url, options);
    expect([results.namespace, joins.namespace]).toEqual([
      `${expected}.celery_taskmeta`,
      `${expected}.umbel_joins`,
    ]);
  });

  test.each([
    "",
    "http://user:secret@host",
    "mongodb://",
    "mongodb://user:secret@",
    "mongodb://user:sec/ret@host",
    "mongodb://user:secret@host:99999",
    "mongodb://user:secret@host/?nonsense=1",
    "mongodb://user:secret@host/a.b",
    "mongodb://user:secret@host/%",
    "mongodb://user:secret@host/?w=0",
  ])("%s cannot be used, and is shown without its password", (url) => {
    const make = (): unknown => mongoBackend(url);
    expect(make).toThrow(InvalidOption);
    expect(make).not.toThrow(/secret|sec\/ret/);
    expect(make).toThrow(/mongodb/i);
  });

  test("what it says of timeouts stands above the defaults, and below the options", () => {
    const url = `${HOST}/?serverSelectionTimeoutMS=7&socketTimeoutMS=8`;
    expect(timeoutsOf(new Collections(HOST, {}))).toEqual([5_000, 30_000]);
    expect(timeoutsOf(new Collections(url, {}))).toEqual([7, 8]);
    expect(timeoutsOf(new Collections(url, { serverSelectionTimeoutMs: 9, socketTimeoutMs: 0 }))).toEqual([
      9, 0,
    ]);
  });
});

test.each([
  { serverSelectionTimeoutMs: 0 },
  { serverSelectionTimeoutMs: 1.5 },
  { socketTimeoutMs: -1 },
  { socketTimeoutMs: Number.NaN },
  { database: "a/b" },
  { database: "" },
])("the option %o is refused", (options) => {
  expect(() => mongoBackend(HOST, options)).toThrow(InvalidOption);
});

test("writes are acknowledged by a majority and its journals, and reads come from the primary", () => {
  for (const url of [HOST, `${HOST}/?readPreference=secondary`]) {
    const { results, joins } = new Collections(url, {});
    for (const collection of [results, joins]) {
      expect(collection.writeConcern).toMatchObject({ w: "majority", journal: true });
      expect(collection.readPreference?.mode).toBe("primary");
    }
  }
});

test("a URL may ask for another write concern, as long as it is one", () => {
  const { results } = new Collections(`${HOST}/?w=2&wtimeoutMS=100`, {});
  expect(results.writeConcern).toMatchObject({ w: 2, journal: true, wtimeoutMS: 100 });
});

function timeoutsOf({ results }: Collections): readonly (number | undefined)[] {
  const { serverSelectionTimeoutMS, socketTimeoutMS } = results.db.client.options;
  return [serverSelectionTimeoutMS, socketTimeoutMS];
}
