import { expect, test } from "vitest";
import { jsonHeaders } from "./headers.ts";

test("plain headers are themselves", () => {
  const headers = { text: "a", number: 1.5, yes: true, nothing: null };
  expect(jsonHeaders(headers)).toBe(headers);
});

test("bytes become Celery's base64, wherever they are", () => {
  const encoded = { __type__: "base64", __value__: "AP8=" };
  const bytes = Buffer.from([0, 255]);
  expect(jsonHeaders({ a: bytes, list: [bytes, [bytes]], map: { deep: bytes } })).toEqual({
    a: encoded,
    list: [encoded, [encoded]],
    map: { deep: encoded },
  });
});

test("what JSON has no word for becomes null", () => {
  expect(jsonHeaders({ a: NaN, b: [Infinity], c: { d: undefined }, e: 1n })).toEqual({
    a: null,
    b: [null],
    c: { d: null },
    e: null,
  });
});

test("timestamps and decimals stay what amqplib makes of them", () => {
  const headers = {
    at: { "!": "timestamp", value: 5 },
    price: { "!": "decimal", value: { places: 2, digits: 1 } },
  };
  expect(jsonHeaders(headers)).toEqual(headers);
});
