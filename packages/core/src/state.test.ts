import { describe, expect, test } from "vitest";
import type { Message } from "./message.ts";
import type { OutcomeRecord, UnfinishedRecord, TurnRecord } from "./outcome.ts";
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
  const retry = (turn: number): UnfinishedRecord => ({
    ...common,
    turn,
    outcome: {
      state: "RETRY",
      failure: engineFailure("EXPIRED", "late", "t", "F"),
      next: { turn: turn + 1 } as Message,
    },
  });

  const replaced = (turn: number): UnfinishedRecord => ({
    ...common,
    turn,
    outcome: { state: "REPLACED", next: { turn: turn + 1 } as Message },
  });

  test("of a task whose place others took says so to whoever comes, also when it has ended", () => {
    const taken = endTurn(undefined, replaced(0));
    expect(taken.put).toEqual({ won: true });
    expect(taken.after).toMatchObject({ state: "REPLACED", record: null, replaced: { turn: 1 } });
    const ended = endTurn(taken.after, outcome(1));
    expect(ended.put).toEqual({ won: true, replaced: { turn: 1 } });
    expect(endTurn(ended.after, outcome(0)).put).toEqual({
      won: false,
      stored: outcome(1),
      replaced: { turn: 1 },
    });
  });

  test.each<[told: string, before: readonly TurnRecord[], record: TurnRecord, won: boolean]>([
    ["a replacement where nothing is stored", [], replaced(0), true],
    ["a replacement by a message of an older turn", [retry(0)], replaced(0), false],
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
    expect(after.record ?? after.lastTurn).toBe(won ? record : before.at(-1));
    expect(after.state).toBe((won ? record : before.at(-1))?.outcome.state);
  });
});
