import { expect, test } from "vitest";
import { Limiter } from "./limiter.ts";

test("no more run at once than the limit says, the first first, and each gives what it comes to", async () => {
  const limiter = new Limiter(2);
  const begun: number[] = [];
  let [running, most] = [0, 0];
  const work = async (i: number): Promise<number> => {
    begun.push(i);
    most = Math.max(most, (running += 1));
    for (let turn = 0; turn <= i % 3; turn += 1) await Promise.resolve();
    running -= 1;
    return i * 10;
  };
  const results = await Promise.all(Array.from({ length: 9 }, (_, i) => limiter.run(() => work(i))));
  expect(results).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80]);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(most).toBe(2);
});

test("what fails gives its place to the next, and its error to its caller", async () => {
  const limiter = new Limiter(1);
  const failing = limiter.run(() => Promise.reject(new Error("boom")));
  const next = limiter.run(async () => "next");
  await expect(failing).rejects.toThrow("boom");
  expect(await next).toBe("next");
});

test("who comes when a place is free, while another waits for it, waits behind that", async () => {
  const limiter = new Limiter(1);
  const begun: string[] = [];
  const first = limiter.run(async () => void begun.push("first"));
  const second = limiter.run(async () => void begun.push("second"));
  await first;
  const third = limiter.run(async () => void begun.push("third"));
  await Promise.all([second, third]);
  expect(begun).toEqual(["first", "second", "third"]);
});
