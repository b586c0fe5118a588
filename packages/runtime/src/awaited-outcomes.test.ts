import type { OutcomeRecord } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { AwaitedOutcomes, stemOfRun } from "./awaited-outcomes.ts";

const recordOf = (id: string): OutcomeRecord => ({ id }) as OutcomeRecord;

describe("the outcomes that one caller waits for", () => {
  test.each([
    ["of a group's members", ["g.0", "g.1", "g.2"]],
    ["of tasks whose ids say no place", ["a", "g.7", "b.1"]],
  ])("are in the order of their ids, however they come: %s", async (_, ids) => {
    const awaited = new AwaitedOutcomes(ids);
    const whole = awaited.whole();
    for (const id of ids.toReversed()) {
      expect(awaited.isWhole).toBe(false);
      awaited.tell(id, recordOf(id));
    }
    expect((await whole).map(({ id }) => id)).toEqual(ids);
    expect(awaited.isWhole).toBe(true);
  });

  test("count once each, and those of others not at all", () => {
    const awaited = new AwaitedOutcomes(["g.0", "g.1", "g.2"]);
    for (const id of ["g.1", "g.1", "h.0", "g.3", "g.01"]) awaited.tell(id, recordOf(id));
    expect(awaited.missing).toEqual(["g.0", "g.2"]);
  });

  test("of which all were there are there at once", async () => {
    const awaited = new AwaitedOutcomes(["a"]);
    awaited.tell("a", recordOf("a"));
    expect(await awaited.whole()).toEqual([recordOf("a")]);
  });

  test("are not waited for any more where that fails", async () => {
    const awaited = new AwaitedOutcomes(["a"]);
    const whole = awaited.whole();
    awaited.fail(new Error("closed"));
    await expect(whole).rejects.toThrow("closed");
  });
});

test.each([
  [["g.0", "g.1", "g.2"], "g."],
  [Array.from({ length: 1200 }, (_, i) => `F.2.${i}`), "F.2."],
  [["g.0"], null],
  [["g.1", "g.2"], null],
  [["g.0", "g.1.0", "g.2"], null],
  [["g.0", "h.1"], null],
  [["0", "1"], null],
  [["a", "b"], null],
  [[], null],
])("the run of %j begins with %j", (ids, stem) => expect(stemOfRun(ids)).toBe(stem));
