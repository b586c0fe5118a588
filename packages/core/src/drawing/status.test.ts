import { describe, expect, test } from "vitest";
import type { Failure, Outcome } from "../outcome.ts";
import { failed, success } from "../outcome.ts";
import type { StoredTask } from "../results.ts";
import { COLOURS, shadeOf } from "./shade.ts";
import { PENDING, statusLabel, statusOf, tallyLabel } from "./status.ts";

const FAILURE: Failure = {
  ...{ name: "RangeError", message: "too\nfar", stack: null, task: "boom", id: "F.1", code: null },
  errors: [],
};

function stored(outcome: Outcome, state: string = outcome.state): StoredTask {
  const record = {
    ...{ id: "F.1", outcome, by: null, task: "boom", args: null, kwargs: null, flow: "F", parent: null },
    ...{ queue: null, worker: null, retries: 0, turn: 0, startedAtMs: null, doneAtMs: 0, expiresAtMs: null },
  };
  return { state, record };
}

function label(id: string, task: StoredTask): string {
  return statusLabel(statusOf(id, task));
}

describe("a status is", () => {
  test("the state alone, where nothing failed", () => {
    expect(label("F.1", { state: "STARTED", record: null })).toBe("STARTED");
    expect(label("F.1", { state: "PROG\nRESS", record: null })).toBe("PROG\\nRESS");
    expect(label("F.1", stored(success("a value")))).toBe("SUCCESS");
    expect(statusLabel(PENDING)).toBe("PENDING");
  });

  test("the state and the error, on one line and cut", () => {
    expect(label("F.1", stored(failed(FAILURE)))).toBe("FAILURE · RangeError: too\\nfar");
    const long = label("F.1", stored(failed({ ...FAILURE, message: "x".repeat(200) })));
    expect(long).toBe(`FAILURE · RangeError: ${"x".repeat(67)}…`);
  });

  test("the state and who failed, where the task itself never ran", () => {
    expect(label("F.2", stored(failed(FAILURE)))).toBe("FAILURE · since boom failed");
    expect(label("F.2", stored(failed({ ...FAILURE, errors: [FAILURE] })))).toBe(
      "FAILURE · since boom failed",
    );
    expect(label("F.2", stored(failed({ ...FAILURE, errors: [FAILURE, FAILURE] })))).toBe(
      "FAILURE · since 2 members failed",
    );
  });

  test("the state that a foreign worker gave it", () => {
    expect(label("F.1", stored(failed({ ...FAILURE, name: "TaskRevokedError" }), "REVOKED"))).toBe(
      "REVOKED · TaskRevokedError: too\\nfar",
    );
  });
});

test("a tally is in the order of a task's life, with foreign states behind", () => {
  const states = ["FAILURE", "MINE", ...Array.from({ length: 1200 }, () => "SUCCESS"), "PENDING", "STARTED"];
  expect(tallyLabel(states)).toBe("1 PENDING, 1 STARTED, 1,200 SUCCESS, 1 FAILURE, 1 MINE");
});

test.each([
  ["PENDING", "pending"],
  ["RECEIVED", "started"],
  ["STARTED", "started"],
  ["RETRY", "retry"],
  ["SUCCESS", "success"],
  ["FAILURE", "failure"],
  ["REVOKED", "revoked"],
  ["PROGRESS", "other"],
  ["toString", "other"],
])("a task that is %s is drawn as %s", (state, shade) => {
  expect(shadeOf({ state, cause: null, isSkipped: false })).toBe(shade);
  expect(shadeOf({ state, cause: "since boom failed", isSkipped: true })).toBe("skipped");
});

test.each(Object.entries(COLOURS))(
  "black reads on the colour of %s: a contrast of 4.5 at least",
  (_, { fill }) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
      linear(Number.parseInt(fill.slice(at, at + 2), 16)),
    );
    expect((0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) / 0.05).toBeGreaterThanOrEqual(4.5);
  },
);

/** @source WCAG 2.2, "relative luminance". */
function linear(level: number): number {
  const part = level / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
