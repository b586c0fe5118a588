import { describe, expect, test } from "vitest";
import type { Eventually } from "./eventually.ts";
import { after, caught, lastly } from "./eventually.ts";

const fails = (): never => {
  throw new Error("no");
};

describe.each<[when: string, make: <Value>(value: () => Value) => Eventually<Value>]>([
  ["at once", (value) => value()],
  ["later", async (value) => value()],
])("what is there %s", (when, make) => {
  const isLater = when === "later";

  test("is handed on, as it came", async () => {
    const given = after(
      make(() => 1),
      (value) => value + 1,
    );
    expect(given instanceof Promise).toBe(isLater);
    expect(await given).toBe(2);
  });

  test("is caught where it fails, and is left alone where it does not", async () => {
    expect(await caught(() => make(fails), String)).toBe("Error: no");
    expect(
      await caught(
        () => make(() => "well"),
        () => "caught",
      ),
    ).toBe("well");
  });

  test("is followed by what comes last, once, whether it fails or not", async () => {
    const ends: string[] = [];
    const given = lastly(
      () => make(() => ends.push("made")),
      () => ends.push("last"),
    );
    expect(given instanceof Promise).toBe(isLater);
    expect(await given).toBe(1);
    await expect(
      (async () =>
        lastly(
          () => make(fails),
          () => ends.push("last again"),
        ))(),
    ).rejects.toThrow("no");
    expect(ends).toEqual(["made", "last", "last again"]);
  });
});
