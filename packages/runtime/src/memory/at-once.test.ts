import { createHook } from "node:async_hooks";
import { group } from "@umbel/canvas";
import { expect, onTestFinished, test } from "vitest";
import { Umbel } from "../umbel.ts";

/** Promises that are made until a group of so many has its results. */
async function promisesOf(size: number): Promise<number> {
  const app = new Umbel("at-once");
  onTestFinished(() => app.close());
  const add = app.task("add", (x: number, y: number) => x + y);
  await add.s(1, 1).apply().get();
  let promises = 0;
  const hook = createHook({ init: (_, type) => (promises += type === "PROMISE" ? 1 : 0) }).enable();
  const results = await group(Array.from({ length: size }, (_unused, i) => add.s(i, i)))
    .apply()
    .get();
  hook.disable();
  expect(results).toEqual(Array.from({ length: size }, (_unused, i) => 2 * i));
  return promises;
}

test("a task whose handler does not wait makes no promise from its delivery to its end", async () => {
  const [few, many] = [await promisesOf(1000), await promisesOf(3000)];
  expect((many - few) / 2000).toBeLessThan(0.5);
});
