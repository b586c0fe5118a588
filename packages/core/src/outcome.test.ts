import { describe, expect, test } from "vitest";
import { NotJson } from "./errors.ts";
import type { Failure } from "./outcome.ts";
import { TaskFailed, engineFailure, failed, headerFailure, success, toFailure } from "./outcome.ts";

const failureOf = (thrown: unknown): Failure => toFailure(thrown, "mail.send", "F.1");

const FAILURE: Failure = {
  name: "Error",
  message: "no route",
  stack: "Error: no route\n    at send",
  task: "mail.send",
  id: "F.1",
  code: null,
  errors: [],
};

test("a failure has the causes that its error names, as many as five", () => {
  const round = new Error("round");
  round.cause = round;
  const failure = toFailure(
    new TypeError("outer", { cause: new RangeError("inner", { cause: "why" }) }),
    "t",
    "i",
  );
  expect(failure).toMatchObject({
    name: "TypeError",
    cause: { name: "RangeError", cause: { message: "why" } },
  });
  expect(JSON.stringify(toFailure(round, "t", "i")).match(/"message":"round"/g)).toHaveLength(6);
  expect(toFailure(new Error("alone"), "t", "i")).not.toHaveProperty("cause");
  expect(new TaskFailed(failure).cause).toMatchObject({ errorName: "RangeError", errorMessage: "inner" });
});

describe("an Error becomes a failure", () => {
  test("with its class, message and stack, and the task that threw it", () => {
    const error = new TypeError("x is no function");
    expect(failureOf(error)).toEqual({
      name: "TypeError",
      message: "x is no function",
      stack: error.stack,
      task: "mail.send",
      id: "F.1",
      code: null,
      errors: [],
    });
  });

  test("with its code, ours or another's", () => {
    expect(failureOf(new NotJson("a", "NaN", "send null")).code).toBe("NOT_JSON");
    expect(failureOf(Object.assign(new Error("no file"), { code: "ENOENT" })).code).toBe("ENOENT");
    expect(failureOf(Object.assign(new Error("duplicate"), { code: 11_000 })).code).toBeNull();
  });

  test("of the class it says it has", () => {
    class OutOfStock extends Error {
      override readonly name = "OutOfStock";
    }
    expect(failureOf(new OutOfStock("no more"))).toMatchObject({ name: "OutOfStock", message: "no more" });
  });

  test("without a stack where it has none", () => {
    const error = new Error("x");
    delete error.stack;
    expect(failureOf(error).stack).toBeNull();
  });

  test("though it is frozen", () => {
    expect(failureOf(Object.freeze(new Error("cold")))).toMatchObject({ name: "Error", message: "cold" });
  });

  test("of text only, whatever somebody put into its fields", () => {
    const odd = Object.assign(new Error("x"), {
      name: 5,
      message: { reason: "y" },
      stack: [{ line: 1 }],
      code: {},
    });
    expect(failureOf(odd)).toEqual({
      ...FAILURE,
      name: "5",
      message: '{"reason":"y"}',
      stack: '[{"line":1}]',
      code: null,
    });
  });
});

describe("what is no Error becomes a failure in words:", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const bareCycle = Object.assign(Object.create(null), cycle) as object;

  test.each([
    ["a string", "no route", "no route"],
    ["an empty string", "", ""],
    ["a number", 404, "404"],
    ["an object", { status: 404, body: "gone" }, '{"status":404,"body":"gone"}'],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["a BigInt", 5n, "5"],
    ["a symbol", Symbol("stop"), "Symbol(stop)"],
    ["a cycle", cycle, "[object Object]"],
    ["a cycle without a prototype", bareCycle, "a value that cannot be shown"],
    [
      "an object that throws when shown",
      { toJSON: thrower, toString: thrower },
      "a value that cannot be shown",
    ],
  ])("%s", (_, thrown, message) => {
    expect(failureOf(thrown)).toEqual({ ...FAILURE, name: "NonError", message, stack: null });
  });
});

test.each([
  ["a getter throws", Object.defineProperty(new Error("x"), "message", { get: thrower })],
  ["a getter of its code throws", Object.defineProperty(new Error("x"), "code", { get: thrower })],
  ["everything throws", new Proxy(new Error("x"), { get: thrower, getPrototypeOf: thrower })],
  ["it is a revoked proxy", revokedProxy()],
])("an Error of which %s becomes a failure all the same", (_, thrown) => {
  expect(failureOf(thrown)).toEqual({
    ...FAILURE,
    name: "NonError",
    message: "a value that cannot be shown",
    stack: null,
  });
});

test("a failure of the engine has a code, and no stack", () => {
  expect(engineFailure("JOIN_LOST", "it is gone", "umbel.join", "F.1")).toEqual({
    name: "UmbelError",
    message: "it is gone",
    stack: null,
    task: "umbel.join",
    id: "F.1",
    code: "JOIN_LOST",
    errors: [],
  });
});

test("the failure of a group is its first member's, and has all of them without their stacks", () => {
  const second = { ...FAILURE, id: "F.2", message: "no answer" };
  const errors = [FAILURE, second].map((each) => ({ ...each, stack: null }));
  expect(headerFailure([FAILURE, second])).toEqual({ ...FAILURE, errors });
});

test("the failure of a group has those of the groups in it, with the index of the member that they are in", () => {
  const inner = headerFailure([
    { ...FAILURE, id: "F.0.1.0", index: 0 },
    { ...FAILURE, id: "F.0.1.2", index: 2 },
  ]);
  const { errors } = headerFailure([
    { ...FAILURE, id: "F.0.0", index: 0 },
    { ...inner, index: 1 },
  ]);
  expect(errors.map(({ id, index }) => [id, index])).toEqual([
    ["F.0.0", 0],
    ["F.0.1.0", 1],
    ["F.0.1.2", 1],
  ]);
  expect(errors.every((each) => each.stack === null && each.errors.length === 0)).toBe(true);
});

test("an outcome is one of two", () => {
  expect(success([1])).toEqual({ state: "SUCCESS", value: [1] });
  expect(failed(FAILURE)).toEqual({ state: "FAILURE", failure: FAILURE });
});

test("what get() throws says who failed, of what, and has the failures of a group", () => {
  const error = new TaskFailed({ ...FAILURE, code: "ENOENT", errors: [{ ...FAILURE, id: "F.2" }] });
  expect(error.message).toBe("task mail.send (F.1) failed: Error: no route");
  expect(error).toMatchObject({
    name: "TaskFailed",
    code: "TASK_FAILED",
    task: "mail.send",
    taskId: "F.1",
    errorName: "Error",
    errorMessage: "no route",
    errorCode: "ENOENT",
    remoteStack: FAILURE.stack,
  });
  expect(error.errors).toHaveLength(1);
  expect(error.errors[0]).toBeInstanceOf(TaskFailed);
  expect(error.errors[0]?.taskId).toBe("F.2");
});

function thrower(): never {
  throw new Error("no");
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
