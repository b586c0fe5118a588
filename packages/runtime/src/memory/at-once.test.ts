import { createHook } from "node:async_hooks";
import { group } from "@umbel/canvas";
import { expect, onTestFinished, test } from "vitest";
import { Umbel } from "../umbel.ts";

/** Promises that are made until there are the doubles of so many numbers. */
async function promisesOf(size: number, how: "group" | "map"): Promise<number> {
  const app = new Umbel("at-once");
  onTestFinished(() => app.close());
  const double = app.task("double", (x: number) => 2 * x);
  await double.s(1).apply().get();
  const numbers = Array.from({ length: size }, (_, i) => i);
  let promises = 0;
  const hook = createHook({ init: (_, type) => (promises += type === "PROMISE" ? 1 : 0) }).enable();
  const flow = how === "group" ? group(numbers.map((x) => double.s(x))) : double.map(numbers);
  const results = await flow.apply().get();
  hook.disable();
  expect(results).toEqual(numbers.map((x) => 2 * x));
  return promises;
}

test.each([
  ["a task", "group"],
  ["an item of a map", "map"],
] as const)("%s whose handler does not wait makes no promise", async (_, how) => {
  const [few, many] = [await promisesOf(1000, how), await promisesOf(3000, how)];
  expect((many - few) / 2000).toBeLessThan(0.5);
});
