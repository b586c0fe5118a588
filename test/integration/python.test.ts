import { chain, group } from "@umbel/canvas";
import type { AsyncResult } from "@umbel/core";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Distributed } from "../support/distributed.ts";
import type { Child } from "../support/child.ts";
import { openFolder } from "../support/folder.ts";
import type { CelerySettings } from "../support/python.ts";
import { findPython, runPython, startCelery, writeProject } from "../support/python.ts";
import { describeWith } from "../support/services.ts";

interface Opened extends AsyncDisposable {
  readonly world: Distributed;
  readonly settings: CelerySettings;
  /** Ends a process with the test. */
  readonly keep: (child: Child) => void;
}

const python = await findPython();
const reason = typeof python === "string" ? "" : ` (${python.missing})`;

describe.skipIf(reason !== "")(`Celery 5.7${reason}`, () => {
  describeWith(["amqp", "mongo"], "over RabbitMQ and MongoDB", (found) => {
    async function open(): Promise<Opened> {
      const folder = await openFolder();
      const world = await Distributed.open(found);
      const settings = {
        python: python as string,
        folder: join(folder.path, "python"),
        broker: world.broker,
        backend: world.backend,
        queue: world.queue,
      };
      await writeProject(settings);
      const kept: Child[] = [];
      return {
        world,
        settings,
        keep: (child) => void kept.push(child),
        async [Symbol.asyncDispose]() {
          for (const child of kept) await child[Symbol.asyncDispose]();
          await world[Symbol.asyncDispose]();
          await folder[Symbol.asyncDispose]();
        },
      };
    }

    test("a Python client calls tasks of an Umbel worker and reads what came of them", async () => {
      await using opened = await open();
      await opened.world.startWorker();
      const lines = await runPython(
        opened.settings,
        `
print(add.delay(2, 3).get(timeout=20))
print(chain(add.s(1, 1), add.s(10), add.s(100)).apply_async().get(timeout=20))
print(add.starmap([(1, 2), (3, 4)]).apply_async(queue="${opened.settings.queue}").get(timeout=20))
result = boom.delay("no luck")
try:
    result.get(timeout=20)
except Exception as error:
    print(type(error).__name__, error)
print(result.state, result.name, result.args, result.retries, "distributed-app.ts" in result.traceback)`,
      );
      expect(lines).toEqual(["5", "112", "[3, 7]", "RangeError no luck", "FAILURE boom ['no luck'] 0 True"]);
    });

    test("a Python client sees a task between its attempts, and may send one that was tried already", async () => {
      await using opened = await open();
      await opened.world.startWorker();
      const lines = await runPython(
        opened.settings,
        `
import time
from proj import stubborn
result = stubborn.delay("given", 1, 1000)
deadline = time.time() + 20
while result.state != "RETRY" and time.time() < deadline:
    time.sleep(0.02)
print(result.state, type(result.result).__name__, result.result, "distributed-app.ts" in result.traceback)
print(result.get(timeout=20), result.state, result.retries)
print(stubborn.apply_async(("tried", 1, 1), retries=1).get(timeout=20))`,
      );
      expect(lines).toEqual(["RETRY RangeError stubborn True", "given SUCCESS 1", "tried"]);
      const attempts = (await opened.world.began("stubborn")).map((line) => line.split(" ").at(-1));
      expect(attempts).toEqual(["0", "1", "1"]);
    });

    test("an Umbel client calls tasks of a Python worker and reads what came of them", async () => {
      await using opened = await open();
      const { client, queue } = opened.world;
      opened.keep(await startCelery(opened.settings));
      const onPython = { queue: `${queue}-python` };
      const mul = client.app.task<(x: number, y: number) => number>("py.mul", onPython);
      const fail = client.app.task<(text: string) => number>("py.fail", onPython);
      expect(await mul.s(6, 7).apply().get({ timeoutMs: 20_000 })).toBe(42);
      expect(
        await mul
          .starmap([
            [2, 3],
            [4, 5],
          ])
          .apply()
          .get({ timeoutMs: 20_000 }),
      ).toEqual([6, 20]);
      await expect(fail.s("bad luck").apply().get({ timeoutMs: 20_000 })).rejects.toMatchObject({
        task: "py.fail",
        errorName: "ValueError",
        errorMessage: "bad luck",
        remoteStack: expect.stringContaining("proj.py"),
      });
    });

    test("a chain goes from one to the other and back", async () => {
      await using opened = await open();
      const { client, queue } = opened.world;
      opened.keep(await startCelery(opened.settings));
      await opened.world.startWorker();
      const mul = client.app.task<(x: number, y: number) => number>("py.mul", { queue: `${queue}-python` });
      const flow = chain(client.add.s(1, 1)).pipe(mul.s(5)).pipe(client.add.s(1));
      const result: AsyncResult<number> = flow.apply();
      expect(await result.get({ timeoutMs: 20_000 })).toBe(11);
      expect(await result.parent?.get({ timeoutMs: 20_000 })).toBe(10);
    });

    test("a group with a body goes on behind a step that ran on Python", async () => {
      await using opened = await open();
      const { client, queue } = opened.world;
      opened.keep(await startCelery(opened.settings));
      await opened.world.startWorker();
      const mul = client.app.task<(x: number, y: number) => number>("py.mul", { queue: `${queue}-python` });
      const flow = chain(mul.s(2, 3))
        .pipe(group([client.add.s(1), client.add.s(2)]))
        .pipe(client.sum.s());
      expect(await flow.apply().get({ timeoutMs: 20_000 })).toBe(15);
    });

    test("links may be flows, whoever sends them and whoever runs what they are on", async () => {
      await using opened = await open();
      const { client, queue } = opened.world;
      opened.keep(await startCelery(opened.settings));
      await opened.world.startWorker();
      await runPython(
        opened.settings,
        `
total = app.signature("total", args=(0,))
print((add.s(1, 1) | add.s(1)).apply_async(link=chain(group(add.s(1), add.s(2)), total)).get(timeout=20))
`,
      );
      const mul = client.app.task<(x: number, y: number) => number>("py.mul", { queue: `${queue}-python` });
      const side = group([client.add.s(1), client.add.s(2)]).pipe(client.total.s(0));
      await mul.s(2, 3).link(side).apply().get({ timeoutMs: 20_000 });
      await opened.world.untilBegan("total", 2);
    });

    test("handlers begin, and error links that are flows, of what fails on Python", async () => {
      await using opened = await open();
      const { client, queue } = opened.world;
      opened.keep(await startCelery(opened.settings));
      await opened.world.startWorker();
      const fail = client.app.task<(text: string) => number>("py.fail", { queue: `${queue}-python` });
      const handler = client.total.si([], 0);
      for (const flow of [
        fail.s("bad luck").onFailure(handler),
        chain(client.add.s(1, 1), fail.si("bad luck"), client.add.s(1)).onFailure(handler),
        fail.s("bad luck").linkError(chain(client.add.si(1, 1), handler)),
      ])
        await expect(flow.apply().get({ timeoutMs: 20_000 })).rejects.toThrow("bad luck");
      await opened.world.untilBegan("total", 3);
    });

    test("a Python client sends a flow that we wrote as JSON", async () => {
      await using opened = await open();
      const { client, queue } = opened.world;
      await opened.world.startWorker();
      const side = group([client.add.s(1), client.add.s(2)]).pipe(client.total.s(0));
      const flow = chain(client.add.s(1, 1), client.add.s(2)).link(side).set({ queue });
      const lines = await runPython(
        opened.settings,
        `
from celery import signature
import json
print(signature(json.loads(${JSON.stringify(JSON.stringify(flow))}), app=app).apply_async().get(timeout=20))
`,
      );
      expect(lines).toEqual(["4"]);
      await opened.world.untilBegan("total", 1);
    });

    test("stamps go through a Python worker", async () => {
      await using opened = await open();
      const { client, queue } = opened.world;
      opened.keep(await startCelery(opened.settings));
      await opened.world.startWorker();
      const mul = client.app.task<(x: number, y: number) => number>("py.mul", { queue: `${queue}-python` });
      const flow = chain(mul.s(2, 3), client.stamps.si()).stamp({ tenant: "acme" });
      expect(await flow.apply().get({ timeoutMs: 20_000 })).toEqual({ tenant: "acme" });
    });
  });
});
