import fc from "fast-check";
import { expect, test } from "vitest";
import type { Bagged } from "./bag.ts";
import { Bag } from "./bag.ts";

class Thing implements Bagged {
  place = -1;
}

test("has what was put in and not taken out, whatever goes before what", () => {
  const turn = fc.record({ thing: fc.nat({ max: 9 }), isTaken: fc.boolean() });
  fc.assert(
    fc.property(fc.array(turn), (turns) => {
      const things = Array.from({ length: 10 }, () => new Thing());
      const [bag, expected] = [new Bag<Thing>(), new Set<Thing>()];
      for (const { thing: i, isTaken } of turns) {
        const thing = things[i] as Thing;
        const isIn = expected.has(thing);
        if (isTaken) expected.delete(thing);
        else expected.add(thing);
        if (!isTaken && !isIn) bag.add(thing);
        expect(isTaken ? bag.delete(thing) : isIn).toBe(isIn);
        expect(bag.size).toBe(expected.size);
        expect(new Set(bag)).toEqual(expected);
        for (const each of things) expect(bag.has(each)).toBe(expected.has(each));
      }
    }),
  );
});

test("one of another bag is not in this one", () => {
  const [one, other, thing] = [new Bag<Thing>(), new Bag<Thing>(), new Thing()];
  other.add(new Thing());
  one.add(thing);
  expect(other.has(thing)).toBe(false);
  expect(other.delete(thing)).toBe(false);
  expect(one.has(thing)).toBe(true);
});

test("is empty when all was taken out at once", () => {
  const [bag, things] = [new Bag<Thing>(), [new Thing(), new Thing()]];
  for (const thing of things) bag.add(thing);
  expect(bag.empty()).toEqual(things);
  expect(things.some((thing) => bag.has(thing))).toBe(false);
  expect(bag.size).toBe(0);
});
