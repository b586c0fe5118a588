import { expect, test } from "vitest";
import { Completions } from "./completions.ts";

test("who asks while it is being done waits for it, and who asks later does nothing", async () => {
  const completions = new Completions();
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  let times = 0;
  const complete = (): Promise<void> => ((times += 1), promise);
  const asked = [completions.once("G", complete), completions.once("G", complete)];
  let isOver = false;
  void asked[1]?.then(() => (isOver = true));
  await Promise.resolve();
  expect(isOver).toBe(false);
  resolve();
  await Promise.all(asked);
  await completions.once("G", complete);
  expect(times).toBe(1);
});

test("one that fails fails for all who wait, and is done again for the next", async () => {
  const completions = new Completions();
  const fails = (): Promise<void> => Promise.reject(new Error("cut"));
  const asked = [completions.once("G", fails), completions.once("G", fails)];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  let times = 0;
  await completions.once("G", async () => void (times += 1));
  expect(times).toBe(1);
});

test("it forgets the oldest, which is then done again", async () => {
  const completions = new Completions(2);
  const done: string[] = [];
  for (const join of ["a", "b", "c", "b", "c", "a"])
    await completions.once(join, async () => void done.push(join));
  expect(done).toEqual(["a", "b", "c", "a"]);
});
