import type { Node } from "@umbel/core";
import { Step, Task } from "@umbel/core";
import type { Sender } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { chain } from "./chain.ts";
import { chord } from "./chord.ts";
import { draw } from "./draw.ts";
import { group } from "./group.ts";

const app: Sender = {
  name: "proj",
  send: () => {
    throw new Error("nothing is sent here");
  },
};
const add = new Task<[x: number, y: number], number>("add", {}, app);
const sum = new Task<[xs: readonly number[]], number>("sum", {}, app);
const log = new Task<[entry: unknown], null>("log", {}, app);

describe("a flow is drawn", () => {
  test("as one line, when it is one call", () => {
    expect(draw(add.s(1, 2))).toBe("add(1, 2)");
    expect(draw(add.s(1))).toBe("add(1)");
  });

  test("with … for what each step gets from the one before", () => {
    expect(draw(chain(add.s(1, 1)).pipe(add.s(5)).pipe(add.si(2, 2)).pipe(log.s()))).toMatchInlineSnapshot(`
      "chain
      ├─ add(1, 1)
      ├─ add(…, 5)
      ├─ add(2, 2)
      └─ log(…)"
    `);
  });

  test("with what is held indented under what holds it", () => {
    const inner = chord([add.s(3, 3), add.s(4, 4)], sum.s());
    const flow = group([chain(add.s(1, 1)).pipe(add.s(5)), inner, add.s(2, 2)])
      .pipe(sum.s())
      .pipe(log.s());
    expect(draw(flow)).toMatchInlineSnapshot(`
      "chain
      ├─ group
      │  ├─ chain
      │  │  ├─ add(1, 1)
      │  │  └─ add(…, 5)
      │  ├─ chain
      │  │  ├─ group
      │  │  │  ├─ add(3, 3)
      │  │  │  └─ add(4, 4)
      │  │  └─ sum(…)
      │  └─ add(2, 2)
      ├─ sum(…)
      └─ log(…)"
    `);
  });

  test("with … in the members of a group that is not the first step", () => {
    expect(draw(add.s(1, 1).pipe(group([add.s(1), chain(add.s(2)).pipe(add.s(3))])))).toMatchInlineSnapshot(`
      "chain
      ├─ add(1, 1)
      └─ group
         ├─ add(…, 1)
         └─ chain
            ├─ add(…, 2)
            └─ add(…, 3)"
    `);
  });

  test("though it is empty", () => {
    expect(draw(chord([], sum.s()))).toMatchInlineSnapshot(`
      "chain
      ├─ group
      └─ sum(…)"
    `);
    expect(draw(new Step({ kind: "chain", steps: [] } satisfies Node, app))).toBe("chain");
  });

  test("with long arguments cut", () => {
    const drawn = draw(log.s({ text: "x".repeat(1000) }));
    expect(drawn).toBe(`log({"text":"${"x".repeat(30)}…)`);
  });
});
