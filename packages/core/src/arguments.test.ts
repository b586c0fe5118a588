import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeArguments, withArguments, withKeywords } from "./arguments.ts";
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

test("nothing is bound to a chain without steps, where it would be lost", () => {
  const empty = { kind: "chain", steps: [] } as const;
  const beside = { kind: "group", members: [empty] } as const;
  for (const node of [empty, beside, { kind: "chain", steps: [beside] } as const]) {
    expect(() => withArguments(node, [5])).toThrow("a chain without steps has no call to bind arguments to");
    expect(() => withKeywords(node, { k: 1 })).toThrow("no call to bind keyword arguments to");
    expect(withArguments(node, [])).toEqual(node);
  }
});
