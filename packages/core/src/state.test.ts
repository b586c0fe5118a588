import { describe, expect, test } from "vitest";
import type { Message } from "./message.ts";
import type { OutcomeRecord, RetryRecord, TurnRecord } from "./outcome.ts";
import { engineFailure, success } from "./outcome.ts";
import type { StoredTask } from "./results.ts";
import { combinedState, endTurn, isTerminal } from "./state.ts";

test.each(["SUCCESS", "FAILURE", "REVOKED"])("a task that is %s has ended", (state) => {
  expect(isTerminal(state)).toBe(true);
});

test.each(["PENDING", "RECEIVED", "STARTED", "RETRY", "PROGRESS", "success", ""])(
  "a task that is %j has not",
  (state) => {
    expect(isTerminal(state)).toBe(false);
  },
);

test.each([
  [[], "SUCCESS"],
  [["SUCCESS", "SUCCESS"], "SUCCESS"],
  [["PENDING", "PENDING"], "PENDING"],
  [["SUCCESS", "PENDING"], "STARTED"],
  [["PENDING", "RETRY"], "STARTED"],
  [["PENDING", "REVOKED", "FAILURE"], "REVOKED"],
  [["SUCCESS", "FAILURE"], "FAILURE"],
])("members that are %j come to %s", (states, state) => {
  expect(combinedState(states)).toBe(state);
});

describe("the turns of a task", () => {
  const said = {
    by: "n",
    task: "t",
    args: [],
    kwargs: {},
    flow: "F",
    parent: null,
    queue: null,
    worker: null,
  };
  const common = { id: "F", ...said, retries: 0, startedAtMs: null, expiresAtMs: null };
  const outcome = (turn: number): OutcomeRecord => ({ ...common, turn, outcome: success(turn), doneAtMs: 0 });
  const retry = (turn: number): RetryRecord => ({
    ...common,
    turn,
    outcome: {
      state: "RETRY",
      failure: engineFailure("EXPIRED", "late", "t", "F"),
      next: { turn: turn + 1 } as Message,
    },
  });

  test.each<[told: string, before: readonly TurnRecord[], record: TurnRecord, won: boolean]>([
    ["an outcome where nothing is stored", [], outcome(0), true],
    ["a retry where nothing is stored", [], retry(0), true],
    ["a later turn of which nothing is stored any more", [], outcome(4), true],
    ["the outcome of the turn that a retry began", [retry(0)], outcome(1), true],
    ["a retry of it", [retry(0)], retry(1), true],
    ["a success of a turn that is over", [retry(0)], outcome(0), false],
    ["a second retry of a turn", [retry(0)], retry(0), false],
    ["a retry of a task that has ended", [outcome(0)], retry(0), false],
    ["a later turn of a task that has ended", [retry(0), outcome(1)], outcome(2), false],
  ])("%s", (_, before, record, won) => {
    const stored = before.reduce<StoredTask | undefined>(
      (known, each) => endTurn(known, each).after,
      undefined,
    );
    const { after, put } = endTurn(stored, record);
    expect(put).toEqual(won ? { won: true } : { won: false, stored: before.at(-1) });
    expect(after.record ?? after.retry).toBe(won ? record : before.at(-1));
    expect(after.state).toBe((won ? record : before.at(-1))?.outcome.state);
  });
});
