import { expect, test } from "vitest";
import type { Eventually } from "./eventually.ts";
import { after } from "./eventually.ts";

test.each<[when: string, make: <Value>(value: Value) => Eventually<Value>]>([
  ["at once", (value) => value],
  ["later", async (value) => value],
])("what is there %s is handed on, as it came", async (when, make) => {
  const given = after(make(1), (value) => value + 1);
  expect(given instanceof Promise).toBe(when === "later");
  expect(await given).toBe(2);
});
