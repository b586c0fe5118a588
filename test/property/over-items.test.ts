import { chain, chunks, group, map, starmap } from "@umbel/canvas";
import type { Step } from "@umbel/core";
import type { TaskFailed } from "@umbel/runtime";
import { Umbel } from "@umbel/runtime";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { LAW_TIMEOUT_MS, law } from "../support/law.ts";

const app = new Umbel("over-items");
const add = app.task("add", (x: number, y: number) => x + y);
const inc = app.task("inc", (x: number) => x + 1);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
const flat = app.task("flat", (xs: readonly (readonly number[])[]) => xs.flat());
const positive = app.task("positive", async (x: number) => {
  if (x < 0) throw new RangeError(`${x} is negative`);
  return x;
});

afterAll(() => app.close());

const pairs = fc.array(fc.tuple(fc.integer(), fc.integer()), { maxLength: 30 });

describe("laws", () => {
  test(
    "a map over a list is the group of its calls, also in how it fails",
    () =>
      law(fc.array(fc.integer({ min: -1 }), { minLength: 1, maxLength: 20 }), async (xs) => {
        const calls = group(xs.map((x) => positive.s(x)));
        expect(await endOf(positive.map(xs))).toEqual(await endOf(calls));
      }),
    LAW_TIMEOUT_MS,
  );

  test(
    "chunks, flattened, are a starmap",
    () =>
      law(fc.tuple(pairs, fc.integer({ min: 1, max: 12 })), async ([items, size]) => {
        const chunked = (await add.chunks(items, size).apply().get()).flat();
        expect(chunked).toEqual(await add.starmap(items).apply().get());
      }),
    LAW_TIMEOUT_MS,
  );
});

/** What a step comes to, or why not. */
async function endOf(step: Step<[], unknown>): Promise<unknown> {
  return step
    .apply()
    .get()
    .catch(({ errorMessage }: TaskFailed) => errorMessage);
}

describe("map, starmap and chunks", () => {
  test("are one message each, or one a chunk", async () => {
    expect(await map(inc, [1, 2, 3]).apply().get()).toEqual([2, 3, 4]);
    expect(
      await starmap(add, [
        [1, 2],
        [3, 4],
      ])
        .apply()
        .get(),
    ).toEqual([3, 7]);
    const chunked = chunks(
      add,
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      2,
    ).apply();
    expect(chunked.children).toHaveLength(2);
    expect(await chunked.get()).toEqual([[3, 7], [11]]);
    expect(inc.map([1]).apply().children).toEqual([]);
  });

  test("take any iterable, and nothing", async () => {
    expect(
      await inc
        .map(new Set([1, 2]))
        .apply()
        .get(),
    ).toEqual([2, 3]);
    expect(await inc.map([]).apply().get()).toEqual([]);
    expect(await add.chunks([], 3).apply().get()).toEqual([]);
  });

  test("stand anywhere in a flow", async () => {
    expect(await inc.map([1, 2]).pipe(sum.s()).apply().get()).toBe(5);
    expect(
      await add
        .chunks(
          [
            [1, 2],
            [3, 4],
          ],
          1,
        )
        .pipe(flat.s())
        .pipe(sum.s())
        .apply()
        .get(),
    ).toBe(10);
    expect(
      await chain(inc.s(1), inc.map([5]), sum.s())
        .apply()
        .get(),
    ).toBe(6);
    expect(
      await group([inc.map([1]), inc.map([2, 3])])
        .pipe(flat.s())
        .apply()
        .get(),
    ).toEqual([2, 3, 4]);
  });

  test("fail with the first item that fails", async () => {
    const failing = positive.map([1, -2, -3]).apply().get();
    await expect(failing).rejects.toMatchObject({ task: "celery.map", errorMessage: "-2 is negative" });
  });

  test("refuse what cannot be sent, naming the item", () => {
    expect(() => inc.map([1, Number.NaN])).toThrow(/^inc: items\[1\] is NaN/);
    expect(() => add.chunks([[1, 2]], 0)).toThrow(
      /^the size of add's chunks is 0; it has to be an integer from 1$/,
    );
  });

  test("of a task that no worker has fail their flow", async () => {
    const elsewhere = app.task<(x: number) => number>("elsewhere");
    await expect(elsewhere.map([1]).apply().get()).rejects.toMatchObject({ errorCode: "TASK_NOT_FOUND" });
  });

  test("are drawn as calls over so many items", () => {
    expect(chain(inc.map([1, 2]), sum.s()).draw()).toBe("chain\n├─ inc.map(2 items)\n└─ sum(…)");
  });
});
