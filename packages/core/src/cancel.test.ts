import { expect, test } from "vitest";
import { cancelFailure, failureOf, isCancelled, scopesOf, stateOf } from "./cancel.ts";
import { fromResultDocument, toResultDocument } from "./celery/result-document.ts";
import { failed, headerFailure, success, toFailure } from "./outcome.ts";

const CANCELLED = failed(cancelFailure("not needed", "add", "F.1"));

test("an id is below all that its parts name, but that of a handler below nothing", () => {
  expect(scopesOf("F.0.12")).toEqual(["F.0.12", "F.0", "F"]);
  expect(scopesOf("F.0+link.1")).toEqual(["F.0+link.1", "F.0+link", "F.0", "F"]);
  expect(scopesOf("F.0~1.2!x")).toEqual(["F.0~1.2!x", "F.0~1.2", "F.0~1", "F.0", "F"]);
  expect(scopesOf("F.0+error.0")).toEqual([]);
  expect(scopesOf("F.0+failure.0.1")).toEqual([]);
});

test("what is cancelled is REVOKED to Celery's clients, with its own exception, and is read as it was", () => {
  const record = {
    ...{ id: "F.1", outcome: CANCELLED, by: null, task: "add", args: null, kwargs: null, flow: "F" },
    ...{
      parent: null,
      queue: null,
      worker: "w",
      retries: 0,
      turn: 0,
      startedAtMs: null,
      doneAtMs: 1000,
      expiresAtMs: null,
    },
  };
  const document = toResultDocument(record);
  expect(document.status).toBe("REVOKED");
  expect(JSON.parse(document.result ?? "")).toMatchObject({
    ...{ exc_type: "TaskRevokedError", exc_module: "celery.exceptions", exc_message: ["not needed"] },
  });
  expect(fromResultDocument(document)).toEqual({ state: "REVOKED", record });
});

test("only what was cancelled is", () => {
  const boom = failed(toFailure(new RangeError("boom"), "add", "F.1"));
  expect([CANCELLED, boom, success(1)].map(stateOf)).toEqual(["REVOKED", "FAILURE", "SUCCESS"]);
  expect([CANCELLED, boom, success(1)].map(isCancelled)).toEqual([true, false, false]);
});

test("each task that is cancelled has a failure of its own, and others that of what failed", () => {
  const boom = toFailure(new RangeError("boom"), "add", "F.1");
  const task = { id: "F.2", task: "sum" };
  expect(failureOf(task, CANCELLED.failure)).toEqual(cancelFailure("not needed", "sum", "F.2"));
  expect(failureOf(task, boom)).toBe(boom);
});

test("a group of which a member was cancelled was cancelled, whatever failed beside it", () => {
  const boom = toFailure(new RangeError("boom"), "add", "F.0");
  const failure = headerFailure([boom, CANCELLED.failure]);
  expect(failure).toMatchObject({
    code: "FLOW_CANCELLED",
    id: "F.1",
    errors: [{ id: "F.0" }, { id: "F.1" }],
  });
});
