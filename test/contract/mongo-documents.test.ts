import type { Backend, Join, Json, OutcomeRecord } from "@umbel/core";
import { InvalidFlow, engineFailure, failed, success } from "@umbel/core";
import type { Collection, Document } from "mongodb";
import { Binary, Long } from "mongodb";
import { randomUUID } from "node:crypto";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/services.ts";
import type { MongoWorld } from "./mongo-world.ts";
import { nowhere, openMongoWorld } from "./mongo-world.ts";
import { recordOf, retryOf } from "./outcome-records.ts";
import { claimant } from "./join-store/world.ts";

type Stored = Document & { readonly _id: string };

describeWith("mongo", "documents in MongoDB", ({ mongo }) => {
  let world: MongoWorld;
  let results: Backend["results"];
  let joins: Backend["joins"];
  let outcomes: Collection<Stored>;
  let counts: Collection<Stored>;

  beforeAll(async () => {
    world = await openMongoWorld(mongo.url);
    ({ results, joins } = world.backends[0]);
    outcomes = world.database.collection<Stored>("celery_taskmeta");
    counts = world.database.collection<Stored>("umbel_joins");
  });

  afterAll(() => world.close());

  test("a success has every field that Celery's readers ask for", async () => {
    const record = recordOf(randomUUID(), {
      outcome: success({ total: 3 }),
      by: "nonce",
      expiresAtMs: 1_900_000_000_000,
    });
    await results.put([record]);
    expect(await outcomes.findOne({ _id: record.id })).toEqual({
      _id: record.id,
      status: "SUCCESS",
      result: '{"total":3}',
      traceback: null,
      children: [],
      date_started: new Date(1_699_999_999_000),
      date_done: new Date(record.doneAtMs),
      name: "add",
      args: [1, 2],
      kwargs: {},
      worker: "umbel@host",
      retries: 0,
      queue: "celery",
      parent_id: null,
      root_id: record.flow,
      by: "nonce",
      expiresAt: new Date(1_900_000_000_000),
    });
  });

  test("a retry has Celery's state, the error for its result, and the message of the next turn", async () => {
    const retry = retryOf(randomUUID(), 0, { args: [{ "$a.b": 1 }] });
    await results.put([retry]);
    const document = await outcomes.findOne({ _id: retry.id });
    expect(document).toMatchObject({ status: "RETRY", date_done: null, children: [], retries: 0, turn: 1 });
    expect(JSON.parse(document?.["result"] as string)).toMatchObject({ exc_message: ["turn 0"] });
    expect(JSON.parse(document?.["next"] as string)).toEqual(retry.outcome.next);
    await results.put([recordOf(retry.id, { turn: 1, retries: 1 })]);
    expect(await outcomes.findOne({ _id: retry.id })).toMatchObject({
      ...{ status: "SUCCESS", date_done: expect.any(Date), retries: 1, turn: 1, next: null },
    });
  });

  test("a failure has Celery's map of the exception, and a traceback", async () => {
    const id = randomUUID();
    await results.put([
      recordOf(id, { outcome: failed({ ...engineFailure("JOIN_LOST", "lost", "add", id), stack: "stack" }) }),
    ]);
    const document = await outcomes.findOne({ _id: id });
    expect(document).toMatchObject({ status: "FAILURE", traceback: "stack", children: [] });
    expect(JSON.parse(document?.["result"] as string)).toMatchObject({
      exc_type: "UmbelError",
      exc_message: ["lost"],
      exc_module: "umbel",
    });
  });

  test("a task that has begun becomes a document with every field, and keeps what another program added", async () => {
    const begun = { _id: randomUUID(), status: "STARTED", result: "null", group_id: "group" };
    const whole = recordOf(randomUUID());
    await outcomes.insertOne(begun);
    await results.put([recordOf(begun._id), whole]);
    const [overwritten, inserted] = [
      await outcomes.findOne({ _id: begun._id }),
      await outcomes.findOne({ _id: whole.id }),
    ];
    expect(Object.keys(overwritten ?? {}).toSorted()).toEqual(
      [...Object.keys(inserted ?? {}), "group_id"].toSorted(),
    );
    expect(overwritten).toMatchObject({ status: "SUCCESS", group_id: "group" });
  });

  test("outcomes and joins expire by an index on expiresAt, and Celery's own index is left to Celery", async () => {
    for (const collection of [outcomes, counts]) {
      const indexes = await collection.indexes();
      expect(indexes.find(({ name }) => name === "umbel_expires")).toMatchObject({
        key: { expiresAt: 1 },
        expireAfterSeconds: 0,
      });
      expect(
        indexes
          .map(({ key }) => Object.keys(key as object))
          .flat()
          .toSorted(),
      ).toEqual(["_id", "expiresAt"]);
    }
    await expect(outcomes.createIndex({ date_done: 1 })).resolves.toBe("date_done_1");
  });

  test("a join has no time to expire until it is retired, and then all of its documents have", async () => {
    const [join, alike] = [joinOf(2_000), joinOf(2)];
    const near = ["0", ".0", "-", "/x"].map((suffix) => ({ ...alike, id: `${alike.id}${suffix}` }));
    await joins.register([join, alike, ...near]);
    const expiry = async (id: string): Promise<unknown> => (await counts.findOne({ _id: id }))?.["expiresAt"];
    const all = [join.id, `${join.id}/0`, `${join.id}/1`];
    for (const id of all) expect(await expiry(id)).toBeNull();
    await joins.retire(join.id, 1_900_000_000_000);
    for (const id of all) expect(await expiry(id)).toEqual(new Date(1_900_000_000_000));
    await joins.retire(alike.id, 1_900_000_000_000);
    expect(await expiry(alike.id)).toEqual(new Date(1_900_000_000_000));
    for (const { id } of near.slice(0, 3)) expect(await expiry(id)).toBeNull();
  });

  test("the words of a join are never negative, and its plan is one text", async () => {
    const join = joinOf(64);
    await joins.register([join]);
    await joins.arrive(
      join.id,
      Array.from({ length: 64 }, (_, index) => ({ index, ok: true })),
    );
    const document = await counts.findOne({ _id: join.id }, { useBigInt64: true });
    expect(document).toMatchObject({ size: 64, count: 64, failed: 0, claim: null, w0: 2n ** 63n - 1n });
    expect(Number(document?.["w1"])).toBe(1);
    expect(JSON.parse(document?.["plan"] as string)).toEqual(join);
  });

  test("a small plan comes with the arrival that completes its join, a large one is a field of its own and is read", async () => {
    const next = { steps: [], join: null, padding: "x".repeat(2_000) } as Join["next"];
    const [small, large] = [joinOf(1), { ...joinOf(1), next }];
    await joins.register([small, large]);
    expect(await counts.findOne({ _id: large.id })).toMatchObject({
      plan: null,
      large: JSON.stringify(large),
    });
    const arrived = { index: 0, ok: true };
    expect(await joins.arrive(small.id, [arrived])).toMatchObject({ count: 1, join: small });
    expect(await joins.arrive(large.id, [arrived])).not.toHaveProperty("join");
    const [again, other] = await Promise.all([small, large].map(({ id }) => joins.arrive(id, [arrived])));
    expect([again?.join, other?.join]).toMatchObject([small, undefined]);
    expect(await joins.read(large.id)).toMatchObject(large);
  });

  test("a join of which a shard is missing is completed, and is not new", async () => {
    const join = joinOf(5_000);
    await joins.register([join]);
    await counts.deleteMany({ _id: { $in: [`${join.id}/1`, `${join.id}/4`] } });
    expect(await joins.register([join])).toEqual(["known"]);
    expect(await counts.countDocuments({ _id: { $gte: join.id, $lt: `${join.id}0` } })).toBe(6);
  });

  test("a plan that no document holds is refused, and nothing is registered", async () => {
    const next = { steps: [], join: null, padding: "ü".repeat(9_000_000) } as Join["next"];
    const [first, large] = [joinOf(2), { ...joinOf(2), next }];
    await expect(joins.register([first, large])).rejects.toThrow(InvalidFlow);
    const deep = { ...joinOf(2), next: { steps: nest(50_000), join: null } as unknown as Join["next"] };
    await expect(joins.register([first, deep])).rejects.toThrow(InvalidFlow);
    await expect(joins.register([large])).rejects.toThrow(/17\.2 MB as JSON.*pass a reference/);
    expect(await joins.read(first.id)).toBeNull();
  });

  test("a plan that a document just holds is registered, and its members arrive", async () => {
    const next = { steps: [], join: null, padding: "x".repeat(16_770_000) } as Join["next"];
    const join = { ...joinOf(1_008), next };
    expect(await joins.register([join])).toEqual(["new"]);
    expect(await joins.arrive(join.id, [{ index: 1_007, ok: true }])).toMatchObject({ count: 1 });
    expect(await joins.claim(join.id, claimant("nonce"))).toBe("mine");
  });

  test("large plans go in as many calls as they take", async () => {
    const next = { steps: [], join: null, padding: "x".repeat(7_000_000) } as Join["next"];
    const large = Array.from({ length: 5 }, () => ({ ...joinOf(2), next }));
    await joins.register(large.slice(3, 4));
    expect(await joins.register(large)).toEqual(["new", "new", "new", "known", "new"]);
    for (const { id } of large) expect(await joins.claim(id, claimant("nonce"))).toBe("mine");
  });

  test.each([
    ["that are large", ["x".repeat(70_000)]],
    ["nested deeper than BSON", [nest(200)]],
    ["nested deeper than any stack", [nest(50_000)]],
    ["with a NUL in a key", [{ "a\0b": 1 }]],
    ["with an operator's key", [{ $ref: "a", $id: 1 }]],
    ["with the driver's own key", [{ _bsontype: "Long" }]],
    ["with half a character", ["\ud800"]],
    ["with half a character in a key", [{ "\ud800": 1 }]],
  ])("arguments %s are left out, and nothing else is", async (_what, args) => {
    const [before, record, after] = [randomUUID(), randomUUID(), randomUUID()].map((id) =>
      recordOf(id, { args: [1] }),
    );
    const odd = [before, { ...record, args, kwargs: { a: 1 } }, after] as OutcomeRecord[];
    expect(await results.put(odd)).toEqual([{ won: true }, { won: true }, { won: true }]);
    const found = await results.find(odd.map(({ id }) => id));
    expect(odd.map(({ id }) => found.get(id)?.record?.args)).toEqual([[1], null, [1]]);
    expect(found.get(odd[1]?.id ?? "")?.record).toMatchObject({
      outcome: { state: "SUCCESS" },
      kwargs: { a: 1 },
    });
  });

  test("a value that JSON cannot be made of becomes a failure, and holds up no other", async () => {
    const [odd, other] = [recordOf(randomUUID(), { outcome: success(nest(50_000)) }), recordOf(randomUUID())];
    const answers = await results.put([odd, other]);
    expect(answers).toMatchObject([
      { won: false, stored: { outcome: { failure: { code: "RESULT_TOO_LARGE" } } } },
      { won: true },
    ]);
  });

  test("a failure too large for a document becomes one that fits", async () => {
    const id = randomUUID();
    const failure = {
      ...engineFailure("JOIN_LOST", "x".repeat(9_000_000), "add", id),
      stack: "y".repeat(9_000_000),
    };
    const [answer] = await results.put([recordOf(id, { outcome: failed(failure) })]);
    expect(answer).toMatchObject({
      won: false,
      stored: { outcome: { failure: { code: "RESULT_TOO_LARGE" } } },
    });
  });

  test("an outcome close to the limit is stored as it is", async () => {
    const record = recordOf(randomUUID(), { outcome: success("x".repeat(16_770_000)) });
    expect(await results.put([record])).toEqual([{ won: true }]);
    expect((await results.find([record.id])).get(record.id)?.record).toEqual(record);
  });

  test("many large outcomes go in one put", async () => {
    const large = Array.from({ length: 5 }, (_, i) =>
      recordOf(randomUUID(), { outcome: success(`${i}`.repeat(8_000_000)) }),
    );
    expect(await results.put([...large, large[2] as OutcomeRecord])).toEqual([
      ...large.map(() => ({ won: true })),
      { won: false, stored: large[2] },
    ]);
  });

  test("a document that is deleted while a put looks at it does not hold up the put", async () => {
    const id = randomUUID();
    await outcomes.insertOne({ _id: id, status: "STARTED" });
    const [[answer]] = await Promise.all([results.put([recordOf(id)]), outcomes.deleteOne({ _id: id })]);
    expect(answer).toEqual({ won: true });
  });

  test("what could not be reached is named, without the password", async () => {
    const rejection = nowhere().results.put([recordOf("a")]);
    await expect(rejection).rejects.toThrow(
      /MongoDB at 127\.0\.0\.1:1\/celery could not store outcomes: .*ECONNREFUSED/,
    );
    await expect(rejection).rejects.not.toThrow(/secret/);
    await expect(rejection).rejects.toHaveProperty("cause.name", "MongoServerSelectionError");
  });

  test("the stores share a client, which the last to close closes", async () => {
    const { results: first, joins: second } = world.backends[2];
    await first.close();
    await first.close();
    expect(await second.read("none")).toBeNull();
    await Promise.all([first.open(), second.close()]);
    expect(await first.find([])).toEqual(new Map());
    await second.open();
    expect(await second.read("none")).toBeNull();
  });

  // What follows has the form of what Celery 5.7 writes with result_extended.

  test("a success of a Python worker's is read", async () => {
    const id = await written({
      status: "SUCCESS",
      result: "[1, 2.5, NaN]",
      retries: 1,
      children: [[["x", null], null]],
    });
    expect((await results.find([id])).get(id)).toEqual({
      state: "SUCCESS",
      record: {
        ...recordOf(id),
        outcome: success([1, 2.5, { __type__: "float", __value__: "NaN" }]),
        task: "proj.add",
        flow: null,
        parent: "parent",
        worker: "celery@host",
        retries: 1,
        startedAtMs: null,
        expiresAtMs: null,
      },
    });
  });

  test("a failure of a Python worker's is read", async () => {
    const exception = { exc_type: "ValueError", exc_message: ["bad", 3], exc_module: "builtins" };
    const id = await written({
      status: "FAILURE",
      result: JSON.stringify(exception),
      traceback: "Traceback …",
    });
    const failure = {
      name: "ValueError",
      message: "bad, 3",
      stack: "Traceback …",
      task: "proj.add",
      id,
      code: null,
      errors: [],
    };
    expect((await results.find([id])).get(id)?.record?.outcome).toEqual({ state: "FAILURE", failure });
  });

  test("a revoked task is read as a failure", async () => {
    const exception = {
      exc_type: "TaskRevokedError",
      exc_message: ["terminated"],
      exc_module: "celery.exceptions",
    };
    const id = await written({ status: "REVOKED", result: JSON.stringify(exception) });
    const found = (await results.find([id])).get(id);
    expect(found).toMatchObject({
      state: "REVOKED",
      record: { outcome: { failure: { name: "TaskRevokedError" } } },
    });
    expect(await results.put([recordOf(id)])).toEqual([{ won: false, stored: found?.record }]);
  });

  test.each(["STARTED", "RETRY"])("a task that a Python worker has in %s is overwritten", async (status) => {
    const result =
      status === "RETRY" ? '{"exc_type": "Retry", "exc_message": [], "exc_module": "x"}' : '{"pid": 1}';
    const id = await written({ status, result, date_done: null });
    expect((await results.find([id])).get(id)).toEqual({ state: status, record: null });
    expect(await results.put([recordOf(id)])).toEqual([{ won: true }]);
    expect((await results.find([id])).get(id)?.record).toEqual(recordOf(id));
  });

  test("an outcome of a Python worker's that came first stands", async () => {
    const id = await written({ status: "SUCCESS", result: "4" });
    const [answer] = await results.put([recordOf(id, { by: "nonce" })]);
    expect(answer).toMatchObject({
      won: false,
      stored: { id, by: null, outcome: { state: "SUCCESS", value: 4 } },
    });
  });

  test("a Python worker does not overwrite our success, and what it makes of our failure is read", async () => {
    const [ours, broken] = [recordOf(randomUUID()), randomUUID()];
    await results.put([
      ours,
      recordOf(broken, { outcome: failed(engineFailure("JOIN_LOST", "lost", "add", broken)) }),
    ]);
    await expect(pythonReplaces(ours.id)).rejects.toMatchObject({ code: 11_000 }); // which Celery ignores
    await pythonReplaces(broken);
    const found = await results.find([ours.id, broken]);
    expect(found.get(ours.id)?.record).toEqual(ours);
    expect(found.get(broken)).toMatchObject({
      state: "SUCCESS",
      record: { outcome: { value: "python" }, by: null },
    });
  });

  test("what BSON has and JSON has not is read as Celery's JSON would say it", async () => {
    const id = await written({
      status: "SUCCESS",
      result: new Binary(Buffer.from("[1]")),
      args: [
        new Date(0),
        Infinity,
        new Binary(Buffer.from("hi")),
        Long.fromString("9007199254740993"),
        { a: Long.fromNumber(5) },
      ],
      kwargs: { id: new Binary(Buffer.alloc(16, 1), Binary.SUBTYPE_UUID) },
    });
    expect((await results.find([id])).get(id)?.record).toMatchObject({
      outcome: { value: [1] },
      args: [
        { __type__: "datetime", __value__: "1970-01-01T00:00:00.000Z" },
        { __type__: "float", __value__: "Infinity" },
        { __type__: "base64", __value__: "aGk=" },
        "9007199254740993",
        { a: 5 },
      ],
      kwargs: { id: { __type__: "uuid", __value__: { hex: "01".repeat(16) } } },
    });
  });

  test("a compressed result of Celery's is read", async () => {
    const text = deflateSync(Buffer.from('{"a": [1]}'));
    const marked = Buffer.concat([Buffer.from("\0celery-compressed\0application/x-gzip\0"), text]);
    const id = await written({ status: "SUCCESS", result: new Binary(marked) });
    expect((await results.find([id])).get(id)?.record?.outcome).toEqual(success({ a: [1] }));
  });

  /** Writes a document as a Python worker does. */
  async function written(fields: Document): Promise<string> {
    const _id = randomUUID();
    await outcomes.insertOne({ ...pythonDocument, ...fields, _id });
    return _id;
  }

  /** How a Python worker stores: over anything but a success. */
  async function pythonReplaces(id: string): Promise<void> {
    const filter = { _id: id, status: { $ne: "SUCCESS" } };
    await outcomes.replaceOne(
      filter,
      { ...pythonDocument, status: "SUCCESS", result: '"python"' },
      { upsert: true },
    );
  }
});

const pythonDocument = {
  status: "SUCCESS",
  result: "null",
  traceback: null,
  children: [],
  date_done: new Date(1_700_000_000_000),
  name: "proj.add",
  args: [1, 2],
  kwargs: {},
  worker: "celery@host",
  retries: 0,
  queue: "celery",
  parent_id: "parent",
};

function joinOf(size: number): Join {
  return {
    id: randomUUID(),
    size,
    next: { steps: [], join: null },
    flow: "flow",
    replyTo: null,
    members: null,
  };
}

function nest(levels: number): Json {
  return JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`) as Json;
}
