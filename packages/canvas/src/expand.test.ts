import type { Json, PlacedGroup, TaskNode } from "@umbel/core";
import { MAX_MEMBERS, MAX_RACERS } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { expand } from "./expand.ts";

const CALL: TaskNode = { kind: "task", task: "a", args: [], kwargs: {}, immutable: false, options: {} };

function each(policy?: PlacedGroup["policy"], size?: number): PlacedGroup {
  const what = { step: CALL, queue: "celery", ...(size !== undefined && { size }) };
  return { kind: "group", id: "F.0", members: [], each: what, ...(policy && { policy }) };
}

/** How many members it has, or what it failed with. */
function spread(group: PlacedGroup, elements: number): number | string {
  const list: Json = Array.from({ length: elements }, () => 0);
  const expanded = expand(group, [list]);
  return "failure" in expanded ? expanded.failure.message : expanded.members.length;
}

describe("a list", () => {
  test.each<[string, PlacedGroup, number]>([
    ["any", each("any"), MAX_RACERS],
    ["a quorum", each({ quorum: 2 }), MAX_RACERS],
    ["all", each(), MAX_MEMBERS],
  ])("of more elements than %s can join fails, and says how many it can", (_, group, most) => {
    expect(spread(group, most + 1)).toBe(
      `each got a list for ${most + 1} members, and ${most} at most can be joined; split it`,
    );
  });

  test("of as many as a race can join is spread", () => {
    expect(spread(each("race"), MAX_RACERS)).toBe(MAX_RACERS);
  });

  test("is counted by its members, where they have several elements each", () => {
    expect(spread(each(undefined, 1_000), MAX_MEMBERS + 1)).toBe(1_017);
  });
});
