import { chain, group } from "@umbel/canvas";
import { afterAll, describe, expect, test } from "vitest";
import { Umbel } from "./umbel.ts";

const app = new Umbel("results");
const inc = app.task("inc", (x: number) => x + 1);
const boom = app.task("boom", (x: number): number => {
  throw new RangeError(`boom ${x}`);
});
const note = app.task("note", (given: unknown) => given);

afterAll(() => app.close());

describe("the members of a group that ends a flow are children of its result,", () => {
  test("also where a link follows it", async () => {
    const { children } = group([inc.s(1), inc.s(2)])
      .link(note.s())
      .apply();
    expect(await Promise.all(children.map((child) => child.get()))).toEqual([2, 3]);
  });

  test("also where there is no call in it", async () => {
    const { children } = chain(inc.s(1), group([group([]), chain()])).apply();
    expect(await Promise.all(children.map((child) => child.get()))).toEqual([[], 2]);
  });

  test("and an empty group among them fails with the step before it", async () => {
    const flow = chain(boom.s(1), group([group([]), inc.s()])).apply();
    await expect(flow.children[0]?.get()).rejects.toMatchObject({ errorMessage: "boom 1" });
    expect(await flow.children[0]?.state()).toBe("FAILURE");
  });
});

test("the parent of a group's body is the group, and its parent the step before the group", async () => {
  const body = chain(inc.s(1), group([inc.s()]), group([note.s()])).apply();
  expect(await body.get()).toEqual([[3]]);
  expect(await body.parent?.get()).toEqual([3]);
  expect(body.parent?.children).toHaveLength(1);
  expect(await body.parent?.parent?.get()).toBe(2);
  expect(body.parent?.parent?.parent).toBeNull();
});
