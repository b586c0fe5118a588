import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeArguments } from "./arguments.ts";
import type { Json } from "./json.ts";

const lists = fc.array(fc.jsonValue() as fc.Arbitrary<Json>, { maxLength: 5 });

test("results go in front, and what was bound stays last", () => {
  fc.assert(
    fc.property(lists, lists, (input, args) => {
      expect(mergeArguments({ args, immutable: false }, input)).toEqual([...input, ...args]);
    }),
  );
});

test("an immutable call ignores what comes", () => {
  fc.assert(
    fc.property(lists, lists, (input, args) => mergeArguments({ args, immutable: true }, input) === args),
  );
});

test("a list that comes is one argument", () => {
  expect(mergeArguments({ args: [8], immutable: false }, [[1, 2]])).toEqual([[1, 2], 8]);
});

test("a result of null is an argument, too", () => {
  expect(mergeArguments({ args: [8], immutable: false }, [null])).toEqual([null, 8]);
});
