import { expect, test } from "vitest";
import { Limiter } from "./limiter.ts";

test("no more are inside than the limit says, and the first comes first", async () => {
  const limiter = new Limiter(2);
  const begun: number[] = [];
  let [inside, most] = [0, 0];
  const visit = async (i: number): Promise<void> => {
    const wait = limiter.enter();
    if (wait !== null) await wait;
    begun.push(i);
    most = Math.max(most, (inside += 1));
    for (let turn = 0; turn <= i % 3; turn += 1) await Promise.resolve();
    inside -= 1;
    limiter.leave();
  };
  await Promise.all(Array.from({ length: 9 }, (_, i) => visit(i)));
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(most).toBe(2);
});

test("where there is a place nobody waits", () => {
  const limiter = new Limiter(2);
  expect([limiter.enter(), limiter.enter(), limiter.waiting]).toEqual([null, null, 0]);
  void limiter.enter();
  expect(limiter.waiting).toBe(1);
});

test("who comes when a place has been left, while another waits for it, waits behind that", async () => {
  const limiter = new Limiter(1);
  void limiter.enter();
  const begun: string[] = [];
  const second = limiter.enter()?.then(() => begun.push("second"));
  limiter.leave();
  const third = limiter.enter()?.then(() => begun.push("third"));
  await second;
  expect(begun).toEqual(["second"]);
  limiter.leave();
  await third;
  limiter.leave();
  expect(limiter.enter()).toBe(null);
});
