import { chord } from "@umbel/canvas";
import { expect, onTestFinished, test } from "vitest";
import { backendFor } from "./connect.ts";
import { systemEnvironment } from "./environment.ts";
import { Umbel } from "./umbel.ts";

test("a task that ends before it can run gives its place back", async () => {
  const backend = await backendFor(undefined, systemEnvironment());
  backend.joins.claim = () => Promise.reject(new Error("no claims today"));
  const app = new Umbel("places", { backend, concurrency: 1 });
  onTestFinished(() => app.close());
  const add = app.task("add", (x: number, y: number) => x + y);
  const sum = app.task("sum", (xs: readonly number[]) => xs.length);
  await expect(
    chord([add.s(1, 1)], sum.s())
      .apply()
      .get({ timeoutMs: 5_000 }),
  ).rejects.toThrow("no claims today");
  expect(await add.s(2, 2).apply().get({ timeoutMs: 5_000 })).toBe(4);
});
