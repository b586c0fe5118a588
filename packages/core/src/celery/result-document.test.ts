import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../json.ts";
import type { Message } from "../message.ts";
import type { PlacedNode } from "../node.ts";
import type { Failure, Outcome, OutcomeRecord, UnfinishedRecord } from "../outcome.ts";
import { failed, success } from "../outcome.ts";
import type { ResultDocument } from "./result-document.ts";
import { fromResultDocument, toResultDocument } from "./result-document.ts";

const RECORD: OutcomeRecord = {
  id: "F.1",
  outcome: success([1]),
  by: "n1",
  task: "add",
  args: [1, 2],
  kwargs: {},
  flow: "F",
  parent: "F.0",
  queue: "celery",
  worker: "umbel@host",
  retries: 0,
  turn: 0,
  startedAtMs: 1_700_000_000_000,
  doneAtMs: 1_700_000_000_123,
  expiresAtMs: null,
};

const FAILURE: Failure = {
  name: "TypeError",
  message: "x is no function",
  stack: "TypeError: x is no function\n    at add",
  task: "add",
  id: "F.1",
  code: null,
  errors: [],
};

const NEXT: Message = {
  id: "F.1",
  task: "add",
  args: [1, 2],
  kwargs: { "": { "$a.b": [null] } },
  options: { queue: "celery", priority: 3 },
  flow: "F",
  parent: "F.1",
  retries: 1,
  turn: 1,
  nonce: null,
  suspect: false,
  next: { steps: [], join: null },
  claim: "F.0",
  replyTo: null,
  callbacks: [],
  errbacks: [],
  etaMs: 1_700_000_180_000,
  expiresMs: null,
};

describe("a retry", () => {
  const { doneAtMs: _doneAt, ...said } = RECORD;
  const record: UnfinishedRecord = { ...said, outcome: { state: "RETRY", failure: FAILURE, next: NEXT } };

  test("that was stored is read as it was, and is no outcome", () => {
    expect(fromResultDocument(toResultDocument(record))).toStrictEqual({
      state: "RETRY",
      record: null,
      lastTurn: record,
    });
  });

  test("looks as Celery's: the state, the error as its result, and no date, so that no cleanup takes it", () => {
    const { status, result, traceback, date_done, retries, turn, next } = toResultDocument(record);
    expect({ status, traceback, date_done, retries, turn }).toEqual({
      ...{ status: "RETRY", traceback: FAILURE.stack, date_done: null, retries: 0, turn: 1 },
    });
    expect(JSON.parse(result ?? "")).toMatchObject({ exc_type: "TypeError", exc_module: "builtins" });
    expect(JSON.parse(next ?? "")).toEqual(NEXT);
  });

  test("of a Python worker's has no next turn", () => {
    const { next: _next, turn: _turn, ...document } = toResultDocument(record);
    expect(fromResultDocument(document)).toEqual({ state: "RETRY", record: null });
  });

  test("is followed by an outcome that takes its message away", () => {
    expect(toResultDocument({ ...RECORD, turn: 1 })).toMatchObject({ turn: 1, next: null });
  });
});

describe("an outcome", () => {
  test("that was stored is read as it was", () => {
    fc.assert(
      fc.property(records(), (record) => {
        expect(fromResultDocument(toResultDocument(record))).toStrictEqual({
          state: record.outcome.state,
          record,
        });
      }),
    );
  });

  test("has what was added to its group beside it, which Celery's readers do not look at", () => {
    const addition: PlacedNode = {
      ...{ kind: "task", id: "F.1+.0", task: "add", args: [1, { "$a.b": "€" }], kwargs: {} },
      ...{ immutable: false, options: { queue: "celery" } },
    };
    const record = { ...RECORD, outcome: success([1], [addition]) };
    const document = toResultDocument(record);
    expect(document.result).toBe("[1]");
    expect(JSON.parse(document.additions ?? "")).toEqual([addition]);
    expect(fromResultDocument(document)).toStrictEqual({ state: "SUCCESS", record });
    expect(toResultDocument(RECORD)).not.toHaveProperty("additions");
    const { additions: _, ...foreign } = document;
    expect(fromResultDocument(foreign)).toStrictEqual({ state: "SUCCESS", record: RECORD });
  });

  test("has all the fields that Celery's readers need, with result_extended, too", () => {
    expect(toResultDocument(RECORD)).toEqual({
      _id: "F.1",
      status: "SUCCESS",
      result: "[1]",
      traceback: null,
      children: [],
      date_started: new Date(1_700_000_000_000),
      date_done: new Date(1_700_000_000_123),
      name: "add",
      args: [1, 2],
      kwargs: {},
      worker: "umbel@host",
      retries: 0,
      queue: "celery",
      parent_id: "F.0",
      root_id: "F",
      by: "n1",
      expiresAt: null,
    });
  });

  test("of null is the text null, since Celery takes a missing result for a failure to decode", () => {
    expect(toResultDocument({ ...RECORD, outcome: success(null) }).result).toBe("null");
  });

  test("that is a failure is an exception that Python raises, with ours beside it", () => {
    const { result, status, traceback } = documentOf(FAILURE);
    expect(status).toBe("FAILURE");
    expect(traceback).toBe(FAILURE.stack);
    expect(JSON.parse(result ?? "")).toEqual({
      exc_type: "TypeError",
      exc_message: ["x is no function"],
      exc_module: "builtins",
      task: "add",
      id: "F.1",
      code: null,
      errors: [],
    });
  });

  test.each([
    ["SyntaxError", "builtins"],
    ["RangeError", "umbel"],
    ["Error", "umbel"],
    ["constructor", "umbel"],
    ["__proto__", "umbel"],
  ])("that is a %s is of Python's own module only where Python has it: %s", (name, module) => {
    expect(JSON.parse(documentOf({ ...FAILURE, name }).result ?? "")).toMatchObject({ exc_module: module });
  });

  test("that is a failure without a stack has its first line, which is not read as a stack", () => {
    const document = documentOf({ ...FAILURE, stack: null });
    expect(document.traceback).toBe("TypeError: x is no function");
    expect(failureIn(document).stack).toBeNull();
  });
});

describe("of what a Python worker stores", () => {
  const written = (said: Partial<ResultDocument>): Partial<ResultDocument> & { readonly _id: string } => ({
    ...{ _id: "T", children: null, date_done: new Date(5), traceback: null },
    ...said,
  });
  const failure = (exception: Json, said: Partial<ResultDocument> = {}): Failure =>
    failureIn(
      written({ status: "FAILURE", result: JSON.stringify(exception), traceback: "Traceback …", ...said }),
    );

  test.each<[what: string, result: unknown, value: Json]>([
    ["a number", "4", 4],
    ["null", "null", null],
    ["a missing result", null, null],
    ["NaN", "NaN", { __type__: "float", __value__: "NaN" }],
    ["a native value", { a: 1 }, { a: 1 }],
    ["text that is not JSON", "four", "four"],
  ])("%s is a success", (_, result, value) => {
    const document = written({ status: "SUCCESS", result: result as string });
    expect(fromResultDocument(document).record?.outcome).toEqual(success(value));
  });

  test("the fields that it leaves out are null", () => {
    expect(fromResultDocument(written({ status: "SUCCESS", result: "4" })).record).toEqual({
      ...{
        id: "T",
        outcome: success(4),
        by: null,
        task: null,
        args: null,
        kwargs: null,
        flow: null,
        parent: null,
      },
      ...{
        queue: null,
        worker: null,
        retries: 0,
        turn: 0,
        startedAtMs: null,
        doneAtMs: 5,
        expiresAtMs: null,
      },
    });
  });

  test("a time may be text", () => {
    const done = "2026-11-23T00:13:04.969448+00:00" as unknown as Date;
    const document = written({ status: "SUCCESS", result: "4", date_done: done });
    expect(fromResultDocument(document).record?.doneAtMs).toBe(Date.UTC(2026, 10, 23, 0, 13, 4, 969));
  });

  // Each as Celery 5.7 writes it.
  test.each<[exception: JsonObject, name: string, message: string]>([
    [{ exc_type: "ValueError", exc_message: ["bad", 5], exc_module: "builtins" }, "ValueError", "bad, 5"],
    [{ exc_type: "KeyError", exc_message: ["a"], exc_module: "builtins" }, "KeyError", "a"],
    [{ exc_type: "Exception", exc_message: [], exc_module: "builtins" }, "Exception", ""],
    [{ exc_type: "Outer.Inner", exc_message: ["x"], exc_module: "proj.errors" }, "Outer.Inner", "x"],
    [{ exc_type: "Custom", exc_message: [5, { a: [1] }], exc_module: "proj" }, "Custom", '5, {"a":[1]}'],
    [{ exc_type: "ValueError", exc_message: [null], exc_module: "builtins" }, "ValueError", "null"],
    [
      { exc_type: "NotRegistered", exc_message: ["mail.send"], exc_module: "celery.exceptions" },
      "NotRegistered",
      "mail.send",
    ],
    [
      { exc_type: "TimeLimitExceeded", exc_message: [5], exc_module: "billiard.exceptions" },
      "TimeLimitExceeded",
      "5",
    ],
    [{ exc_type: "E", exc_message: "text", exc_module: null }, "E", "text"],
  ])("%j is a failure", (exception, name, message) => {
    expect(failure(exception, { name: "proj.add" })).toEqual({
      ...{ name, message, stack: "Traceback …", task: "proj.add", id: "T", code: null, errors: [] },
    });
  });

  test.each<[exception: Json, message: string]>([
    [null, "null"],
    ["gone", "gone"],
    [{ exc_message: ["no type"] }, "no type"],
    [{}, "{}"],
    [5, "5"],
  ])("%j is a failure of no known class", (exception, message) => {
    expect(failure(exception)).toMatchObject({ name: "FAILURE", message, task: "unknown", id: "T" });
  });

  test("a task that was revoked is a failure", () => {
    const exception = {
      exc_type: "TaskRevokedError",
      exc_message: ["expired"],
      exc_module: "celery.exceptions",
    };
    const { state, record } = fromResultDocument(
      written({ status: "REVOKED", result: JSON.stringify(exception) }),
    );
    expect(state).toBe("REVOKED");
    expect(record?.outcome).toMatchObject({
      state: "FAILURE",
      failure: { name: "TaskRevokedError", message: "expired" },
    });
  });

  test.each(["PENDING", "STARTED", "RETRY", "PROGRESS"])("a task that is %s has not ended", (status) => {
    expect(fromResultDocument(written({ status, result: '{"pid": 5}' }))).toEqual({
      state: status,
      record: null,
    });
  });

  test("a document that says nothing is of a task of which nothing is known", () => {
    expect(fromResultDocument({ _id: "T" })).toEqual({ state: "PENDING", record: null });
  });
});

test("whatever is in the text of a result, reading it does not throw, and a failure has its fields", () => {
  const text = fc.oneof(
    fc.json(),
    fc.string(),
    exceptions().map((exception) => JSON.stringify(exception)),
  );
  const documents = fc.record({
    _id: fc.constant("T"),
    status: fc.constantFrom("SUCCESS", "FAILURE", "REVOKED"),
    result: text,
  });
  fc.assert(
    fc.property(documents, (document) => {
      const outcome = fromResultDocument(document).record?.outcome;
      if (outcome?.state === "FAILURE") expectSound(outcome.failure);
    }),
  );
});

function documentOf(failure: Failure): ResultDocument {
  return toResultDocument({ ...RECORD, outcome: failed(failure) });
}

function failureIn(document: Partial<ResultDocument> & { readonly _id: string }): Failure {
  const outcome = fromResultDocument(document).record?.outcome;
  if (outcome?.state !== "FAILURE") throw new Error("it is no failure");
  return outcome.failure;
}

function expectSound({ name, message, stack, task, id, code, errors }: Failure): void {
  for (const text of [name, message, stack ?? "", task, id, code ?? ""]) expect(typeof text).toBe("string");
  errors.forEach(expectSound);
}

function records(): fc.Arbitrary<OutcomeRecord> {
  const text = fc.option(fc.string(), { nil: null });
  const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
  const made = fc.record({
    id: fc.string(),
    outcome: fc.oneof<fc.Arbitrary<Outcome>[]>(json.map(success), failures().map(failed)),
    by: text,
    task: text,
    args: fc.option(fc.array(json, { maxLength: 2 }), { nil: null }),
    kwargs: fc.option(fc.dictionary(fc.string(), json, { maxKeys: 2 }) as fc.Arbitrary<JsonObject>, {
      nil: null,
    }),
    flow: text,
    parent: text,
    queue: text,
    worker: text,
    retries: fc.nat(),
    turn: fc.nat(),
    startedAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: null }),
    doneAtMs: fc.integer({ min: 0, max: 4e12 }),
    expiresAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: null }),
  });
  return made.map((record) => JSON.parse(JSON.stringify(record)) as OutcomeRecord); // -0 is 0 in text
}

function failures(): fc.Arbitrary<Failure> {
  const failure = (
    stack: fc.Arbitrary<string | null>,
    errors: fc.Arbitrary<readonly Failure[]>,
  ): fc.Arbitrary<Failure> =>
    fc.record({
      name: fc.oneof(fc.string(), fc.constantFrom("TypeError", "UmbelError", "toString")),
      message: fc.string({ unit: "binary" }),
      stack,
      task: fc.string(),
      id: fc.string(),
      code: fc.option(fc.string(), { nil: null }),
      errors,
    });
  const stack = fc.option(
    fc.string().map((lines) => `Error: x\n    at ${lines}`),
    { nil: null },
  );
  const plain = failure(stack, fc.array(failure(fc.constant(null), fc.constant([])), { maxLength: 2 }));
  const last = failure(stack, fc.constant([]));
  return fc.oneof(
    plain,
    fc.tuple(plain, last).map(([given, cause]) => ({ ...given, cause })),
  );
}

function exceptions(): fc.Arbitrary<unknown> {
  const names = fc.constantFrom(
    "exc_type",
    "exc_message",
    "exc_module",
    "task",
    "id",
    "code",
    "errors",
    "cause",
  );
  return fc.dictionary(
    names,
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.array(fc.jsonValue({ maxDepth: 1 }))),
  );
}
