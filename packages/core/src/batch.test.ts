import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Batch } from "./batch.ts";

test("what comes while a group is written goes out together with the next, within the limit", async () => {
  const groups: (readonly number[])[] = [];
  const batch = new Batch<number, number>(async (items) => {
    groups.push(items);
    return items.map((item) => item * 2);
  }, 2);
  expect(await Promise.all([1, 2, 3].map((item) => batch.add(item)))).toEqual([2, 4, 6]);
  expect(groups).toEqual([[1, 2], [3]]);
});

test("it tells when nothing waits any more, and writes what comes later all the same", async () => {
  const told: string[] = [];
  const batch = new Batch<string, void>(
    async (items) => items.map((item) => void told.push(item)),
    1,
    () => told.push("idle"),
  );
  await Promise.all([batch.add("a"), batch.add("b")]);
  await nextTurn();
  await batch.add("c");
  await nextTurn();
  expect(told).toEqual(["a", "b", "idle", "c", "idle"]);
});

test("a write that fails fails its items, and leaves the batch idle", async () => {
  let isIdle = false;
  const fail = async (): Promise<never> => Promise.reject(new Error("no"));
  const batch = new Batch<number, number>(fail, 9, () => (isIdle = true));
  await expect(batch.add(1)).rejects.toThrow("no");
  await nextTurn();
  expect(isIdle).toBe(true);
});
