import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NotJson } from "./errors.ts";
import { fromJson, toJson } from "./json.ts";
import type { Json } from "./json.ts";

/** What a value is after it was sent as text, and read. */
function sent(value: unknown): unknown {
  return fromJson(JSON.parse(JSON.stringify(toJson(value, "value"))) as Json);
}

/** All that may be sent. n.b. -0 is no JSON number, and a test below has it. */
function values(): fc.Arbitrary<unknown> {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constantFrom(null, true, false),
      fc.string({ unit: "grapheme" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array({ maxLength: 8 }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc
        .dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("value"), { maxKeys: 3 })
        .filter((map) => !(Object.hasOwn(map, "__type__") && Object.hasOwn(map, "__value__")))
        .map((map) => Object.fromEntries(Object.entries(map))),
    ),
  }));
  return value;
}

test("what is sent arrives as it was: JSON, dates and bytes", () => {
  fc.assert(
    fc.property(values(), (value) => {
      expect(sent(value)).toStrictEqual(value);
    }),
  );
});

/** Anything at all. n.b. Without -0, which arrives as 0, and is equal to it elsewhere than here. */
function anything(): fc.Arbitrary<unknown> {
  const numbers = fc.double().map((number) => number + 0);
  return fc.anything({
    values: [
      fc.string({ unit: "binary" }),
      numbers,
      fc.boolean(),
      fc.constantFrom(null, undefined, Symbol("a")),
    ],
    ...{ withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withSet: true },
    ...{ withNullPrototype: true, withSparseArray: true, withTypedArray: true, maxDepth: 2, maxKeys: 2 },
  });
}

test("whatever is sent arrives equal, or is refused", () => {
  const refusals: unknown[] = [];
  fc.assert(
    fc.property(anything(), (value) => {
      const refusal = errorOf(() => toJson(value, "value"));
      if (refusal !== null) refusals.push(refusal);
      expect(refusal === null ? sent(value) : value).toEqual(value);
    }),
    { numRuns: 400 },
  );
  expect(refusals.length).toBeGreaterThan(40);
  expect(refusals.length).toBeLessThan(360);
  expect(refusals.every((refusal) => refusal instanceof NotJson)).toBe(true);
});

test("what arrives shares nothing with what was sent", () => {
  const list = [1];
  const original = { list, also: list, date: new Date(5), bytes: Uint8Array.of(1) };
  const json = toJson(original, "value");
  const arrived = fromJson(json) as typeof original;
  list.push(2);
  original.date.setTime(6);
  original.bytes[0] = 9;
  expect(arrived).toEqual({ list: [1], also: [1], date: new Date(5), bytes: Uint8Array.of(1) });
  arrived.list.push(3);
  expect(fromJson(json)).toMatchObject({ list: [1] });
});

describe("a value that travels", () => {
  test("is left out where it is undefined in an object", () => {
    expect(toJson({ a: undefined, b: 1 }, "value")).toStrictEqual({ b: 1 });
  });

  test("may have a getter, and arrives with what it gives", () => {
    const value = {
      get half() {
        return 0.5;
      },
    };
    expect(sent(value)).toStrictEqual({ half: 0.5 });
  });

  test("may have what no loop sees, which stays behind", () => {
    const hidden = Object.defineProperties({ a: 1 }, { b: { value: 2 }, [Symbol("c")]: { value: 3 } });
    expect(sent(hidden)).toStrictEqual({ a: 1 });
  });

  test("may be a list of another realm", () => {
    expect(sent(runInNewContext("[1, 2]"))).toStrictEqual([1, 2]);
  });

  test("is 0 where it is -0, in memory as on the wire, since JSON text has no -0", () => {
    expect(toJson([-0], "value")).toStrictEqual([0]);
  });

  test("may be there twice, so long as it is not within itself", () => {
    const shared = { n: 1 };
    expect(sent({ a: shared, b: [shared, shared] })).toEqual({ a: { n: 1 }, b: [{ n: 1 }, { n: 1 }] });
  });

  test("may have no prototype, and arrives with one", () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    expect(sent(bare)).toStrictEqual({ a: 1 });
  });

  test("may be a Buffer, or a part of one, and arrives as its bytes", () => {
    expect(sent(Buffer.from([9, 0, 255, 9]).subarray(1, 3))).toStrictEqual(Uint8Array.of(0, 255));
  });

  test("may be a megabyte of bytes", () => {
    const bytes = new Uint8Array(1_000_000).map((_, i) => i % 256);
    expect(Buffer.compare(sent(bytes) as Uint8Array, bytes)).toBe(0);
  });

  test("may have a key __proto__, which is a key like another", () => {
    const hostile = JSON.parse('{"__proto__": {"isAdmin": true}}') as object;
    const json = toJson(hostile, "value") as object;
    for (const arrived of [json, fromJson(json as Json) as object]) {
      expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype);
      expect(Object.keys(arrived)).toEqual(["__proto__"]);
      expect("isAdmin" in arrived).toBe(false);
    }
  });

  test("may have one of the keys of Celery's dialect", () => {
    expect(sent({ __type__: "a" })).toEqual({ __type__: "a" });
    expect(sent({ __value__: 1 })).toEqual({ __value__: 1 });
  });

  test("is a date that every Python reads: 3.10 has no Z", () => {
    expect(toJson(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), "value")).toEqual({
      __type__: "datetime",
      __value__: "2026-01-02T03:04:05.678+00:00",
    });
  });
});

describe("a value that does not travel is named by its path:", () => {
  class Money {
    readonly cents = 5;
  }
  class Stack extends Array<number> {}
  class Price {
    toJSON(): number {
      return 5;
    }
  }
  const tag = Symbol("tag");
  const cycle: { self?: unknown; list: unknown[] } = { list: [] };
  cycle.list.push({ back: cycle });
  const nameless = Object.create({ constructor: undefined }) as object;

  test.each([
    ["a BigInt", { a: [1n] }, "value.a[0]", "a BigInt (1n)"],
    ["a function", [() => 1], "value[0]", "a function"],
    ["a class", { Money }, "value.Money", "a function"],
    ["a symbol", { s: Symbol("x") }, "value.s", "a symbol"],
    ["NaN", { rate: NaN }, "value.rate", "NaN"],
    ["Infinity", [[Infinity]], "value[0][0]", "Infinity"],
    ["-Infinity", -Infinity, "value", "-Infinity"],
    ["undefined", undefined, "value", "undefined"],
    ["undefined in an array", { xs: [1, undefined] }, "value.xs[1]", "undefined"],
    // oxlint-disable-next-line no-sparse-arrays -- the hole is the point
    ["a hole in an array", [1, , 2], "value[1]", "undefined"],
    ["a cycle", cycle, "value.list[0].back", "a cycle"],
    ["an instance of a class", { price: new Money() }, "value.price", "an instance of Money"],
    ["an instance of no name", nameless, "value", "an instance of a class"],
    ["a Map", new Map([[1, 2]]), "value", "an instance of Map"],
    ["a Set", { ids: new Set([1]) }, "value.ids", "an instance of Set"],
    ["an Error", new TypeError("x"), "value", "an instance of TypeError"],
    ["a promise", Promise.resolve(1), "value", "an instance of Promise"],
    ["a boxed number", Object(5), "value", "an instance of Number"],
    ["a boxed text", [Object("x")], "value[0]", "an instance of String"],
    ["a boxed BigInt", Object(1n), "value", "an instance of BigInt"],
    ["a pattern", { like: /x/ }, "value.like", "an instance of RegExp"],
    ["an array of floats", new Float64Array(1), "value", "an instance of Float64Array"],
    ["an array of clamped bytes", new Uint8ClampedArray(1), "value", "an instance of Uint8ClampedArray"],
    ["a view of bytes", new DataView(new ArrayBuffer(1)), "value", "an instance of DataView"],
    ["a buffer without a view", [new ArrayBuffer(1)], "value[0]", "an instance of ArrayBuffer"],
    ["a URL", { at: new URL("x:y") }, "value.at", "an instance of URL"],
    ["a list of a class of its own", { all: new Stack(1, 2) }, "value.all", "an instance of Stack"],
    ["a list with fields", { found: "abc".match(/b/) }, "value.found", "an array with the field index"],
    [
      "a list with a symbol",
      Object.assign([1], { [tag]: 1 }),
      "value",
      "an array with the field Symbol(tag)",
    ],
    ["a field under a symbol", { a: { [tag]: 1 } }, "value.a", "an object with the key Symbol(tag)"],
    ["a method toJSON", { price: { toJSON: () => 5 } }, "value.price.toJSON", "a function"],
    ["a class with toJSON", { price: new Price() }, "value.price", "an instance of Price"],
    ["an invalid Date", { born: new Date(NaN) }, "value.born", "an invalid Date"],
    [
      "a map that looks like Celery's dialect",
      { a: { __type__: "x", __value__: 1 } },
      "value.a",
      "an object with both __type__ and __value__",
    ],
  ])("%s", (_, value, path, what) => {
    const thrown = errorOf(() => toJson(value, "value"));
    expect(thrown).toBeInstanceOf(NotJson);
    expect(thrown).toMatchObject({ name: "NotJson", code: "NOT_JSON", path });
    expect((thrown as Error).message.startsWith(`${path} is ${what}, which JSON cannot carry; `)).toBe(true);
  });

  test("nesting of ten thousand levels, with a path that can be read", () => {
    const error = errorOf(() => toJson(nested(10_000), "value"));
    expect(error).toBeInstanceOf(NotJson);
    expect((error as Error).message).toMatch(
      /^value(\.a|\[0\])+… is nested more than 1000 levels deep, which JSON cannot carry; /,
    );
    expect((error as Error).message.length).toBeLessThan(250);
  });
});

test("a thousand levels travel, and no more arrive than are sent", () => {
  expect(sent(nested(1000))).toEqual(nested(1000));
  expect(errorOf(() => fromJson(nested(1001) as Json))).toBeInstanceOf(NotJson);
  expect(errorOf(() => fromJson(nested(100_000) as Json))).toBeInstanceOf(NotJson);
});

describe("of what a Python worker writes", () => {
  test.each([
    [
      "a time without a zone is UTC",
      "datetime",
      "2026-01-02T03:04:05.678901",
      new Date("2026-01-02T03:04:05.678Z"),
    ],
    ["a time in UTC", "datetime", "2026-01-02T03:04:05+00:00", new Date("2026-01-02T03:04:05Z")],
    ["a time in a zone", "datetime", "2026-01-02T03:04:05-05:30", new Date("2026-01-02T08:34:05Z")],
    ["a date is text", "date", "2026-01-02", "2026-01-02"],
    ["a time of day is text", "time", "01:02:00", "01:02:00"],
    ["a decimal is text", "decimal", "1.50", "1.50"],
    [
      "a UUID is text",
      "uuid",
      { hex: "000000000000400080000000000000ff" },
      "00000000-0000-4000-8000-0000000000ff",
    ],
    ["bytes that are text are bytes", "bytes", "é", Uint8Array.of(0xc3, 0xa9)],
    ["other bytes are bytes", "base64", "/wA=", Uint8Array.of(255, 0)],
    ["NaN is a number", "float", "NaN", NaN],
    ["Infinity is a number", "float", "-Infinity", -Infinity],
    [
      "a type of the user's own is its value",
      "money",
      { at: { __type__: "bytes", __value__: "" } },
      { at: new Uint8Array() },
    ],
  ])("%s", (_, type, value, expected) => {
    expect(fromJson([{ __type__: type, __value__: value }])).toStrictEqual([expected]);
  });

  test("a map that has the dialect's keys and more is a map, as it is to Python", () => {
    const map = { __type__: "bytes", __value__: "a", z: [2] };
    expect(fromJson(map)).toStrictEqual(map);
  });

  test.each([
    ["datetime", "yesterday"],
    ["datetime", 5],
    ["base64", "§"],
    ["base64", null],
    ["bytes", {}],
    ["uuid", null],
    ["uuid", { hex: 5 }],
    ["float", "five"],
    ["float", { a: 1 }],
    [5, "x"],
  ])("a %s that is %j is left as it came", (type, value) => {
    const map = { __type__: type, __value__: value };
    expect(fromJson(map)).toStrictEqual(map);
  });
});

test("whatever JSON comes, reading it does not throw", () => {
  const dialect = fc.record({
    __type__: fc.oneof(
      fc.constantFrom("datetime", "base64", "bytes", "uuid", "float", "date"),
      fc.jsonValue(),
    ),
    __value__: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(dialect, fc.array(dialect), fc.jsonValue()), (json) => void fromJson(json as Json)),
  );
});

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}
