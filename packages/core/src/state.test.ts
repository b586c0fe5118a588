import { expect, test } from "vitest";
import { combinedState, isTerminal } from "./state.ts";

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
