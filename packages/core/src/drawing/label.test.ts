import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../json.ts";
import type { Node } from "../node.ts";
import { callLabel, groupLabel, nameLabel, oneLine, valueLabel } from "./label.ts";

function call(
  task: string,
  args: readonly Json[] = [],
  kwargs: JsonObject = {},
): Parameters<typeof callLabel>[0] {
  return { task, args, kwargs, immutable: false };
}

describe("a call is written", () => {
  test("with its arguments behind what it is given, and keywords behind those", () => {
    const label = callLabel(call("resize", ["a.png", [1, null]], { width: 80, "keep ratio": true }), ["…"]);
    expect(label).toBe('resize(…, "a.png", [1,null], width=80, keep ratio=true)');
  });

  test("without what it is given, when it is immutable", () => {
    expect(callLabel({ ...call("add", [1, 2]), immutable: true }, ["…"])).toBe("add(1, 2)");
  });

  test("with eight of its arguments, of whatever sort, and the number of the others", () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i);
    expect(callLabel(call("sum", numbers), [])).toBe("sum(0, 1, 2, 3, 4, 5, 6, 7, … 99,992 more)");
    expect(callLabel(call("sum", numbers, { a: 1 }), ["…"])).toBe(
      "sum(…, 0, 1, 2, 3, 4, 5, 6, … 99,994 more)",
    );
    expect(callLabel(call("sum", [1, 2, 3, 4, 5, 6, 7], { a: 8 }), [])).toBe("sum(1, 2, 3, 4, 5, 6, 7, a=8)");
    expect(callLabel(call("sum", [1, 2, 3, 4, 5, 6, 7], { a: 8, b: 9 }), [])).toBe(
      "sum(1, 2, 3, 4, 5, 6, 7, a=8, … 1 more)",
    );
  });

  test("with long arguments and names cut", () => {
    expect(callLabel(call("log", [{ text: "x".repeat(1000) }]), [])).toBe(`log({"text":"${"x".repeat(30)}…)`);
    expect(nameLabel("n".repeat(80))).toBe("n".repeat(80));
    expect(nameLabel("n".repeat(81))).toBe(`${"n".repeat(79)}…`);
  });

  test("as a call over items, for a map and a starmap", () => {
    const kwargs = { task: { task: "add" }, it: Array.from({ length: 1200 }, () => [1, 2]) };
    expect(callLabel(call("celery.map", [], kwargs), [])).toBe("add.map(1,200 items)");
    expect(callLabel(call("celery.starmap", [], kwargs), ["…"])).toBe("add.starmap(1,200 items)");
  });

  test.each<JsonObject>([
    {},
    { task: "add", it: [] },
    { task: { task: 1 }, it: [] },
    { task: { task: "add" }, it: 3 },
  ])("as any other call, when a foreign client made a map of %j", (kwargs) => {
    expect(callLabel(call("celery.map", [], kwargs), [])).toMatch(/^celery\.map\(.*\)$/);
  });
});

const STEP: Node = { kind: "chain", steps: [] };

test.each([
  [{}, "group"],
  [{ policy: "any" }, "group any"],
  [{ policy: "settled" }, "group settled"],
  [{ policy: { quorum: 2 } }, "group quorum 2"],
  [{ each: { step: STEP } }, "each"],
  [{ each: { step: STEP }, policy: "settled" }, "each settled"],
  [{ each: { step: STEP, size: 1000 } }, "each, 1,000 a message"],
] as const)("a group that is %j is written %s", (group, label) => {
  expect(groupLabel(group)).toBe(label);
});

describe("a label stays on its line:", () => {
  test.each([
    ["a\nb\r\tc", "a\\nb\\r\\tc"],
    ["\0\u007f\u0085", "\\u0000\\u007f\\u0085"],
    ["a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["left \u202eright", "left \\u202eright"],
    ["half \ud83d", "half \\ud83d"],
    ["\udc00 half", "\\udc00 half"],
    ["Käse 日本 👩‍👩‍👧 \"'`\\", "Käse 日本 👩‍👩‍👧 \"'`\\"],
  ])("%j", (text, label) => {
    expect(oneLine(text, 40)).toBe(label);
  });

  test("and a cut does not leave half a sign", () => {
    expect(oneLine("abc😀😀", 5)).toBe("abc…");
    expect(oneLine("abc😀😀", 6)).toBe("abc😀…");
    expect(valueLabel("😀".repeat(30))).toBe(`"${"😀".repeat(19)}…`);
  });
});
