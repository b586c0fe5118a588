import { InvalidFlow, Task } from "@umbel/core";
import type { Sender, Step } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { chain } from "./chain.ts";
import { chord } from "./chord.ts";
import { group } from "./group.ts";

const appOf = (name: string): Sender => ({
  name,
  send: () => {
    throw new Error("nothing is sent here");
  },
});
const app = appOf("proj");
const add = new Task<[x: number, y: number], number>("add", {}, app);
const sum = new Task<[xs: readonly number[]], number>("sum", {}, app);
const foreign = new Task<[x: number, y: number], number>("add", {}, appOf("other"));

describe("arrangements are plain data:", () => {
  const [a, b] = [add.s(1, 1), add.s(2, 2)];

  test("a chain has its steps", () => {
    expect(chain(a, add.s(5), add.s(6)).node).toEqual({
      kind: "chain",
      steps: [a.node, add.s(5).node, add.s(6).node],
    });
    expect(chain(chain(a, add.s(5)), add.s(6)).node).toEqual(chain(a, add.s(5), add.s(6)).node);
    expect(chain(a).node).toBe(a.node);
    expect(chain().node).toEqual({ kind: "chain", steps: [] });
  });

  test("a group has its members", () => {
    expect(group([a, b]).node).toEqual({ kind: "group", members: [a.node, b.node] });
    expect(group(new Set([a, b])).node).toEqual(group([a, b]).node);
    expect(group({ x: a, y: b }).node).toEqual({
      kind: "group",
      members: [a.node, b.node],
      keys: ["x", "y"],
    });
  });

  test("a chord is a group with a body", () => {
    expect(chord([a, b], sum.s()).node).toEqual(group([a, b]).pipe(sum.s()).node);
    expect(chord([], sum.s()).node).toMatchObject({ steps: [{ members: [] }, { task: "sum" }] });
  });

  test("what they are made of can be used again", () => {
    const members = Object.freeze([a, b]);
    const one = group(members);
    expect([one.pipe(sum.s()).node, one.pipe(sum.s()).node]).toEqual([
      chord(members, sum.s()).node,
      chord([a, b], sum.s()).node,
    ]);
  });
});

describe("steps of two apps are refused", () => {
  test.each([
    ["in a chain", () => chain(add.s(1, 1), foreign.s(1))],
    ["in a group", () => group([add.s(1, 1), foreign.s(1, 1)])],
    ["in the header of a chord", () => chord([foreign.s(1, 1)], sum.s())],
    ["in arrangements of them", () => group([chain(add.s(1, 1)), chain(foreign.s(1, 1))])],
  ])("%s", (_, arrange) => {
    expect(arrange).toThrow(InvalidFlow);
    expect(arrange).toThrow(
      /one flow has steps of two apps \("\w+" and "\w+"\); define its tasks on one app/,
    );
  });
});

test("what has no call in it belongs to no app, and has its result at once", async () => {
  expect(await group([]).apply().get()).toEqual([]);
  expect(await group({}).apply().get()).toEqual({});
  expect(
    await group([group([]), chain()])
      .apply()
      .get(),
  ).toEqual([[], null]);
  expect(await chain<number>().apply(5).get()).toBe(5);
  expect(await chain(group([]), group([])).apply().state()).toBe("SUCCESS");
  expect(group([]).pipe(sum.s()).sender).toBe(app);
});

test("what is no step is refused as a member", () => {
  const stray = [add.s(1, 1), undefined] as unknown as [Step<[], number>];
  expect(() => group(stray)).toThrow("member 1 of a group is undefined, and not a step; call its task");
});
