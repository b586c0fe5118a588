import { expect, test } from "vitest";
import type { Missing, Service } from "./service.ts";
import type { Source } from "./source.ts";
import { firstOf } from "./source.ts";

const SERVICE: Service = { name: "it", url: "it://here", how: "it 1.0 (here)", stop: async () => {} };

function source(name: string, open: () => Service | Missing): Source {
  return { name, open: async () => open() };
}

const NOTHING = source("nothing", () => ({ missing: "it is not there" }));
const BROKEN = source("broken", () => {
  throw new Error("it broke");
});
const GOOD = source("good", () => SERVICE);

test("the first source that has a service gives it, and those after it are not asked", async () => {
  const never = source("never", () => expect.unreachable());
  expect(await firstOf("It", [NOTHING, BROKEN, GOOD, never])).toBe(SERVICE);
});

test("where none has one, the reason holds theirs in order", async () => {
  expect(await firstOf("It", [NOTHING, BROKEN])).toEqual({ missing: "no It: it is not there; it broke" });
});

test("a source that is forced is the only one asked", async () => {
  expect(await firstOf("It", [GOOD, NOTHING], "nothing")).toEqual({ missing: "no It: it is not there" });
});

test("a source that is forced must exist", async () => {
  await expect(firstOf("It", [GOOD, NOTHING], "better")).rejects.toThrow(
    "expected one of good, nothing, but better was asked for",
  );
});
