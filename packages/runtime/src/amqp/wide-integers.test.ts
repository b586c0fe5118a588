import fc from "fast-check";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { rewriteWideTags } from "./wide-integers.ts";

const require = createRequire(import.meta.url);
const codec = require(join(dirname(require.resolve("amqplib")), "lib/codec.js")) as {
  encodeTable(buffer: Buffer, table: object, offset: number): number;
  decodeFields(table: Buffer): unknown;
};

/** Where the header table of a frame made by {@link frameOf} is, behind a content type and an encoding. */
const TABLE_AT = 21 + 17 + 6;

function frameOf(headers: object): Buffer {
  const table = Buffer.alloc(65_536);
  const size = codec.encodeTable(table, headers, 0);
  const start = Buffer.alloc(21);
  start.writeUInt8(2, 0);
  start.writeUInt16BE(0xe0_00, 19);
  const texts = ["application/json", "utf-8"].map((text) =>
    Buffer.concat([Buffer.of(text.length), Buffer.from(text)]),
  );
  return Buffer.concat([start, ...texts, table.subarray(0, size), Buffer.of(0xce)]);
}

function headersIn(frame: Buffer): unknown {
  return codec.decodeFields(frame.subarray(TABLE_AT + 4, TABLE_AT + 4 + frame.readUInt32BE(TABLE_AT)));
}

/** Any value of a header, in amqplib's notation. */
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, 1, -200, 70_000, 1.5, "", "L", "lLl"),
    fc.string(),
    fc.constant(Buffer.from("LL")),
    fc.constantFrom({ "!": "timestamp", value: 76 }, { "!": "decimal", value: { places: 76, digits: 76 } }),
    fc.constantFrom({ "!": "uint8", value: 76 }, { "!": "uint16", value: 76 }, { "!": "uint32", value: 76 }),
    fc.constantFrom({ "!": "float", value: 0.5 }, { "!": "int8", value: 76 }),
    fc.integer({ min: 2 ** 32, max: 2 ** 50 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("L", "l", "key", "Ll"), tie("value"), { maxKeys: 4 }),
  ),
})).value;

test("amqplib still does not read the tag: once it does, this file can go", () => {
  const frame = frameOf({ big: 2 ** 40 });
  frame.write("L", TABLE_AT + 4 + 4);
  expect(() => headersIn(frame)).toThrow('Unexpected type tag "L"');
});

test("an integer in 64 bits is read wherever it is, and nothing else is touched", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("a", "L", "before", "deep"), values), (headers) => {
      const frame = frameOf({ ...headers, list: [{ wide: 2 ** 41 }], wide: -(2 ** 41) });
      const expected = headersIn(frame);
      const untouched = Buffer.from(frame);
      for (let at = 0; (at = frame.indexOf("\u0004widel", at, "latin1")) >= 0; at += 1)
        frame.write("L", at + 5);
      expect(rewriteWideTags(frame)).toBe(true);
      expect(frame).toEqual(untouched);
      expect(headersIn(frame)).toEqual(expected);
    }),
  );
});

test("a frame without one is left alone", () => {
  expect(rewriteWideTags(frameOf({ text: "L", bytes: Buffer.from("L"), big: 2 ** 40 }))).toBe(false);
  expect(rewriteWideTags(Buffer.from([1, 0, 1, 0, 0, 0, 0, 0xce]))).toBe(false);
  expect(rewriteWideTags(Buffer.alloc(0))).toBe(false);
});

test("a tag that nobody knows is an error, not a guess", () => {
  const frame = frameOf({ odd: true });
  frame.write("?", TABLE_AT + 4 + 4);
  expect(() => rewriteWideTags(frame)).toThrow('the unknown type "?"');
});
