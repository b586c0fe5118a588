import { expect, test } from "vitest";
import { isTerminal } from "./state.ts";

test.each(["SUCCESS", "FAILURE", "REVOKED"])("a task that is %s has ended", (state) => {
  expect(isTerminal(state)).toBe(true);
});

test.each(["PENDING", "RECEIVED", "STARTED", "RETRY", "PROGRESS", "success", ""])(
  "a task that is %j has not",
  (state) => {
    expect(isTerminal(state)).toBe(false);
  },
);
