import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { childId, packIds, unpackIds } from "./ids.ts";

describe("packed ids", () => {
  test("are the same ids again, in their order", () => {
    fc.assert(
      fc.property(fc.array(anyId()), (ids) => {
        expect(unpackIds(packIds(ids))).toEqual(ids);
      }),
    );
  });

  test("of the children of one flow are the same again, however they are mixed", () => {
    const flowIds = fc.array(
      fc
        .tuple(fc.constantFrom("F", "F.1", "F.1.0"), fc.nat({ max: 12 }))
        .map(([parent, i]) => childId(parent, i)),
    );
    fc.assert(
      fc.property(flowIds, (ids) => {
        expect(unpackIds(packIds(ids))).toEqual(ids);
      }),
    );
  });

  test("of a run are one string", () => {
    expect(packIds(["F.1", "F.2", "F.3"])).toEqual(["F.1~3"]);
    expect(packIds(["F.9", "F.10", "F.11"])).toEqual(["F.9~11"]);
    const thousand = Array.from({ length: 1000 }, (_, i) => childId("F.3", i));
    expect(packIds(thousand)).toEqual(["F.3.0~999"]);
    expect(unpackIds(["F.3.0~999"])).toEqual(thousand);
  });

  test("keep what is no run", () => {
    expect(packIds([])).toEqual([]);
    expect(packIds(["F.1", "F.3", "F.2", "F", "F.2", "F.2"])).toEqual([
      "F.1",
      "F.3",
      "F.2",
      "F",
      "F.2",
      "F.2",
    ]);
    expect(packIds(["F.1", "G.2", "F.2"])).toEqual(["F.1", "G.2", "F.2"]);
  });

  test.each([
    [["a~b"]],
    [["=a", "==", "="]],
    [["F.1~3", "F.4"]],
    [["F.01", "F.02", "F.007"]],
    [["F.999999998", "F.999999999", "F.1000000000", "F.1000000001"]],
    [[`F.${"9".repeat(40)}`]],
    [["F.-1", "F.+2", "F.1e3", "F.0x1"]],
    [["", ".", ".1", ".2", "..1"]],
    [["a\nb.1", "a\nb.2"]],
    [["8f0c7e9e-5b1c-4d6e-9a53-0c1c0a5f7d11", "8f0c7e9e-5b1c-4d6e-9a53-0c1c0a5f7d12"]],
  ])("of foreign clients are kept: %j", (ids) => expect(unpackIds(packIds(ids))).toEqual(ids));
});

function anyId(): fc.Arbitrary<string> {
  const part = fc.constantFrom(
    "F",
    "G",
    "~",
    "=",
    ".",
    "0",
    "00",
    "1",
    "2",
    "3",
    "9",
    "999999999",
    "1000000000",
    "\n",
  );
  return fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary" }),
    fc.uuid(),
  );
}
