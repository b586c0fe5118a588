import { describe, expect, test } from "vitest";
import {
  AppClosed,
  BrokerUnavailable,
  InvalidFlow,
  InvalidInput,
  InvalidOption,
  InvalidOutput,
  NotJson,
  PublishFailed,
  ResultTimeout,
  StoreUnavailable,
  TaskNotFound,
  UmbelError,
  UndecodableMessage,
} from "./errors.ts";

describe("every error of ours", () => {
  test.each([
    [new NotJson("a", "NaN", "send null"), "NotJson", "NOT_JSON"],
    [new InvalidInput("x", []), "InvalidInput", "INVALID_INPUT"],
    [new InvalidOutput("x", []), "InvalidOutput", "INVALID_OUTPUT"],
    [new InvalidFlow("x"), "InvalidFlow", "INVALID_FLOW"],
    [new InvalidOption("x"), "InvalidOption", "INVALID_OPTION"],
    [new TaskNotFound("x", []), "TaskNotFound", "TASK_NOT_FOUND"],
    [new ResultTimeout("x", 5), "ResultTimeout", "RESULT_TIMEOUT"],
    [new AppClosed("x"), "AppClosed", "APP_CLOSED"],
    [new BrokerUnavailable("x"), "BrokerUnavailable", "BROKER_UNAVAILABLE"],
    [new PublishFailed("x"), "PublishFailed", "PUBLISH_FAILED"],
    [new StoreUnavailable("x"), "StoreUnavailable", "STORE_UNAVAILABLE"],
    [new UndecodableMessage("x"), "UndecodableMessage", "UNDECODABLE_MESSAGE"],
  ])("has its name and its code: %s", (error, name, code) => {
    expect(error).toBeInstanceOf(UmbelError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, code });
    expect(error.stack).toContain(name);
  });

  test("may have a cause", () => {
    const cause = new Error("refused");
    expect(new BrokerUnavailable("x", { cause }).cause).toBe(cause);
  });
});

test("a task that is not found is told beside those that are", () => {
  expect(new TaskNotFound("mail.send", ["mail.sent", "add"]).message).toBe(
    'no task named "mail.send" on this worker (it has mail.sent, add); was its module imported by the worker?',
  );
  expect(new TaskNotFound("add", []).message).toContain("(it has none)");
  const many = Array.from({ length: 100 }, (_, i) => `task-${i}`);
  expect(new TaskNotFound("add", many).message).toContain("task-19)");
});

test("a timeout says that the flow goes on", () => {
  expect(new ResultTimeout("F.1", 50).message).toBe(
    "no result of F.1 within 50 ms; the flow goes on, and get() may be called again",
  );
});

test("what schemas say is told with its task and its paths, and not without end", () => {
  const issues = Array.from({ length: 25 }, (_, i) => ({ path: `args[${i}].to`, message: "no address" }));
  expect(new InvalidInput("mail.send", issues.slice(0, 2)).message).toBe(
    "mail.send: args[0].to: no address; args[1].to: no address",
  );
  expect(new InvalidOutput("mail.send", issues).message).toMatch(/args\[19\]\.to: no address; and 5 more$/);
});
