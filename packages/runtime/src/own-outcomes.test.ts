import type { Outcome, OutcomeRecord } from "@umbel/core";
import { failed, success, toFailure } from "@umbel/core";
import { expect, test } from "vitest";
import { OwnOutcomes } from "./own-outcomes.ts";

function recordOf(outcome: Outcome): OutcomeRecord {
  const nobody = {
    by: null,
    args: null,
    kwargs: null,
    parent: null,
    queue: null,
    worker: null,
    startedAtMs: null,
  };
  return {
    id: "F.0",
    turn: 0,
    task: "t",
    flow: "F",
    retries: 0,
    outcome,
    doneAtMs: 0,
    expiresAtMs: null,
    ...nobody,
  };
}

test("what was stored here is there once for whoever completes its join", () => {
  const own = new OwnOutcomes();
  const found = new Map<string, Outcome>();
  own.keep(recordOf(success(1)));
  expect([own.take("F.0", found), own.take("F.0", found), own.take("F.1", found)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([...found]).toEqual([["F.0", success(1)]]);
});

test.each<[what: string, outcome: Outcome]>([
  ["what is large", success("x".repeat(2000))],
  ["a failure, which has a stack", failed(toFailure(new Error("boom"), "t", "F.0"))],
  ["what has added to its group", success(1, [{ kind: "rest", id: "r", ends: [] }])],
])("%s is left in the store", (_, outcome) => {
  const own = new OwnOutcomes();
  own.keep(recordOf(outcome));
  own.keep(undefined);
  expect(own.take("F.0", new Map())).toBe(false);
});
