import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromJson } from "../json.ts";
import { parse, stringify } from "./json-text.ts";

test("what JavaScript writes is read as JavaScript reads it", () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: "grapheme", maxDepth: 1 }), (text) => {
      expect(parse(text)).toStrictEqual(JSON.parse(text));
    }),
  );
});

describe("what Python writes:", () => {
  const nan = { __type__: "float", __value__: "NaN" };
  const infinity = { __type__: "float", __value__: "Infinity" };
  const minusInfinity = { __type__: "float", __value__: "-Infinity" };

  test("bare words for numbers become maps that stand for them", () => {
    expect(parse("NaN")).toEqual(nan);
    expect(parse('[1, NaN, {"a": Infinity, "b": [-Infinity]}]')).toEqual([
      1,
      nan,
      { a: infinity, b: [minusInfinity] },
    ]);
    expect(fromJson(parse("[NaN,Infinity,-Infinity]"))).toEqual([NaN, Infinity, -Infinity]);
  });

  test.each([
    ['["NaN", NaN]', ["NaN", nan]],
    ['["-Infinity Infinity", Infinity]', ["-Infinity Infinity", infinity]],
    ['["a \\"NaN\\" b", NaN]', ['a "NaN" b', nan]],
    ['["\\\\", NaN, "\\\\"]', ["\\", nan, "\\"]],
    ['["\\\\\\"", NaN]', ['\\"', nan]],
    ['{"NaN": NaN, "Infinity": "Infinity"}', { NaN: nan, Infinity: "Infinity" }],
    ['["\\u2028 é 😀", NaN]', ["\u2028 é 😀", nan]],
  ])("words inside strings are left alone: %s", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test("is written back as Python writes it, so that a Python worker reads it, too", () => {
    const text =
      '[1,NaN,{"a":Infinity,"b":[-Infinity]},"{\\"__type__\\":\\"float\\",\\"__value__\\":\\"NaN\\"}"]';
    expect(stringify(parse(text))).toBe(text);
    expect(stringify(nan)).toBe("NaN");
  });

  test("and any JSON with such numbers, is the same again after it was read and written", () => {
    fc.assert(
      fc.property(pythonTexts(), (text) => {
        expect(stringify(parse(text))).toBe(text);
      }),
    );
  });

  test("long strings beside a bare word are read", () => {
    const long = `${"NaN,".repeat(2_500_000)}"`;
    expect(parse(`[${JSON.stringify(long)}, NaN]`)).toEqual([long, nan]);
  });
});

test.each([
  "",
  "{",
  "[NaN",
  "nan",
  "[-NaN]",
  "[1Infinity]",
  "NaNNaN",
  "{NaN: 1}",
  "[\\n]",
  "[\\N, NaN]",
  '["a, NaN]',
  "'NaN'",
])("%j is no JSON", (text) => expect(() => parse(text)).toThrow(SyntaxError));

/** Texts with bare words where a value stands, and with the same words in strings and keys. */
function pythonTexts(): fc.Arbitrary<string> {
  const words = fc.constantFrom("NaN", "Infinity", "-Infinity");
  const strings = fc
    .array(fc.oneof(words, fc.string(), fc.constantFrom('"', "\\", ":", "{")))
    .map((parts) => JSON.stringify(parts.join("")));
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      words,
      strings,
      fc.integer().map(String),
      fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
      fc
        .uniqueArray(fc.tuple(strings, tie("value")), { maxLength: 4, selector: ([key]) => key })
        .filter((fields) => fields.every(([key]) => !/^"(?:\d+|__proto__)"$/.test(key))) // their order would change
        .map((fields) => `{${fields.map(([key, item]) => `${key}:${item}`).join(",")}}`),
    ),
  }));
  return value;
}
