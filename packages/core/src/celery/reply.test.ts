import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OutcomeRecord } from "../outcome.ts";
import { failed, success } from "../outcome.ts";
import { decodeReplies, encodeReplies } from "./reply.ts";

const RECORD: OutcomeRecord = {
  id: "F.1",
  outcome: success({ __type__: "float", __value__: "NaN" }),
  by: "n1",
  task: "add",
  args: null,
  kwargs: null,
  flow: "F",
  parent: "F.0",
  queue: null,
  worker: "umbel@host",
  retries: 2,
  turn: 1,
  startedAtMs: null,
  doneAtMs: 1_700_000_000_123,
  expiresAtMs: null,
};

const FAILURE = failed({
  name: "Error",
  message: "no route",
  stack: "Error: no route\n    at send",
  task: "mail.send",
  id: "F.0",
  code: "EROUTE",
  errors: [{ name: "Error", message: "x", stack: null, task: "a", id: "F.0.1", code: null, errors: [] }],
});

test("outcomes that are pushed arrive as they were", () => {
  const records = [
    RECORD,
    { ...RECORD, id: "F.2", outcome: FAILURE, by: null, task: null, flow: null, parent: null },
  ];
  expect(decodeReplies(encodeReplies(records))).toStrictEqual(records);
  expect(decodeReplies(encodeReplies([]))).toEqual([]);
});

test("arguments, and when the store may drop it, stay behind", () => {
  const record = { ...RECORD, args: [1], kwargs: { a: 1 }, queue: "celery", expiresAtMs: 5 };
  expect(decodeReplies(encodeReplies([record]))).toEqual([RECORD]);
});

describe("of what is pushed by others", () => {
  test("a Python worker's reply, which is a map and no list, is none of ours", () => {
    expect(decodeReplies('{"task_id": "T", "status": "SUCCESS", "result": 4}')).toEqual([]);
  });

  test("what has not ended is left out", () => {
    expect(decodeReplies('[{"_id": "T", "status": "STARTED", "result": null}, {"_id": "U"}]')).toEqual([]);
  });

  test("what is no outcome is left out, and the others arrive", () => {
    const [reply] = JSON.parse(encodeReplies([{ ...RECORD, outcome: success(1) }])) as unknown[];
    const odd = [
      null,
      5,
      "x",
      [],
      {},
      { status: "SUCCESS" },
      { _id: 5, status: "SUCCESS" },
      { _id: "T", status: 5 },
    ];
    expect(decodeReplies(JSON.stringify([...odd, reply]))).toEqual([{ ...RECORD, outcome: success(1) }]);
  });

  test("what is no JSON is refused", () => {
    expect(() => decodeReplies("{")).toThrow(SyntaxError);
  });

  test("whatever JSON it is, outcomes come out", () => {
    const fields = ["_id", "status", "result", "traceback", "date_done", "by"];
    const reply = fc.dictionary(
      fc.constantFrom(...fields),
      fc.oneof(fc.constantFrom("SUCCESS", "FAILURE"), fc.jsonValue()),
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(reply), fc.jsonValue()), (json) => {
        for (const { id, doneAtMs } of decodeReplies(JSON.stringify(json))) {
          expect([typeof id, Number.isInteger(doneAtMs)]).toEqual(["string", true]);
        }
      }),
    );
  });
});
