import fc from "fast-check";
import { expect, test } from "vitest";
import { Recent } from "./recent.ts";

test("has the last ones, and no more than it may, whatever comes twice", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 })), fc.integer({ min: 2, max: 12 }), (keys, most) => {
      const recent = new Recent<number>(most);
      for (const [i, key] of keys.entries()) recent.set(`${key}`, i);
      const last = (key: number): number => keys.lastIndexOf(key);
      const distinct = [...new Set(keys)].toSorted((one, other) => last(other) - last(one));
      const held = distinct.filter((key) => recent.get(`${key}`) !== undefined);
      for (const key of held) expect(recent.get(`${key}`)).toBe(last(key));
      expect(held.length).toBeLessThanOrEqual(2 * Math.ceil(most / 2));
      expect(held.slice(0, 1)).toEqual(distinct.slice(0, 1));
    }),
  );
});

test("what is deleted is gone, young or old", () => {
  const recent = new Recent<number>(4);
  for (let i = 0; i < 4; i += 1) recent.set(`${i}`, i);
  recent.delete("0");
  recent.delete("3");
  expect(["0", "1", "2", "3"].map((key) => recent.get(key))).toEqual([undefined, 1, 2, undefined]);
});
