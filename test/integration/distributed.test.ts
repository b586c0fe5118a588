import { chain, chord, group } from "@umbel/canvas";
import { TaskFailed } from "@umbel/runtime";
import { expect, test } from "vitest";
import { Distributed } from "../support/distributed.ts";
import { describeWith } from "../support/services.ts";

describeWith(
  ["amqp", "mongo"],
  "flows through RabbitMQ and MongoDB, with workers in other processes",
  (found) => {
    test("come to their results, as in memory", async () => {
      await using world = await Distributed.open(found);
      const { add, mul, sum } = world.client;
      await world.startWorker();
      await world.startWorker();
      expect(await chain(add.s(4, 4)).pipe(mul.s(8)).apply().get({ timeoutMs: 20_000 })).toBe(64);
      const pairs = [0, 1, 2, 3].map((i) => add.s(i, i));
      expect(await group(pairs).apply().get({ timeoutMs: 20_000 })).toEqual([0, 2, 4, 6]);
      expect(await chord(pairs, sum.s()).apply().get({ timeoutMs: 20_000 })).toBe(12);
      const flow = group([add.s(1, 1), add.s(2, 2)])
        .pipe(sum.s())
        .pipe(mul.s(10));
      expect(await flow.apply().get({ timeoutMs: 20_000 })).toBe(60);
    });

    test("nest, and keep the order of their members", async () => {
      await using world = await Distributed.open(found);
      const { add, sum } = world.client;
      await world.startWorker();
      await world.startWorker();
      const inner = chord([add.s(1, 1), add.s(2, 2)], sum.s());
      const flow = group([group([add.s(1, 0), add.s(2, 0)]), group([inner, add.s(3, 0)])]).pipe(
        group([sumOfSums(), sumOfSums()]),
      );
      function sumOfSums() {
        return world.client.app
          .task<(xs: readonly (readonly number[])[]) => number>("unknown.to.workers")
          .s();
      }
      await expect(flow.apply().get({ timeoutMs: 20_000 })).rejects.toMatchObject({
        errorName: "TaskNotFound",
      });
      const nested = chord([chain(inner).pipe(add.s(10)), add.s(3, 0)], sum.s());
      expect(await nested.apply().get({ timeoutMs: 20_000 })).toBe(19);
    });

    test("fail with the task, its id, its message and its stack on the worker", async () => {
      await using world = await Distributed.open(found);
      const { boom, add, sum } = world.client;
      await world.startWorker();
      const flow = chord([add.s(1, 1), boom.s("no luck")], sum.s()).pipe(add.s(1));
      const error = await flow
        .apply()
        .get({ timeoutMs: 20_000 })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TaskFailed);
      expect(error).toMatchObject({ task: "boom", errorName: "RangeError", errorMessage: "no luck" });
      expect((error as TaskFailed).remoteStack).toContain("distributed-app.ts");
      expect((error as TaskFailed).taskId).toMatch(/\.0\.1$/);
    });

    test("a worker is killed in the middle of a chord of 200, and another one finishes it", async () => {
      await using world = await Distributed.open(found);
      const { slow, total } = world.client;
      const first = await world.startWorker();
      const members = Array.from({ length: 200 }, (_, i) => slow.s(i, 5));
      const result = chord(members, total.s(0)).apply();
      await world.untilBegan("slow", 60);
      first.kill("SIGKILL");
      await first.ended;
      expect((await world.began("slow")).length).toBeLessThan(200);
      await world.startWorker();
      expect(await result.get({ timeoutMs: 25_000 })).toBe(19_900);
      expect(await world.began("total")).toHaveLength(1);
      const [join] = await world.db.collection("umbel_joins").find().toArray();
      expect(join).toMatchObject({ size: 200, count: 200, claim: { turn: 0 } });
    });

    test("a worker is killed in a chain that it runs by itself, and another one goes on from what is stored", async () => {
      await using world = await Distributed.open(found);
      const { slow, add } = world.client;
      const first = await world.startWorker();
      const flow = chain(add.s(1, 1), slow.s(100), add.s(1), slow.s(60_000)).pipe(add.s(1));
      const result = flow.apply();
      const ended: string[] = [];
      for await (const { type, id } of result.events()) {
        if (type === "succeeded") ended.push(id.slice(-2));
        if (ended.length === 3) break;
      }
      expect(ended.toSorted()).toEqual([".0", ".1", ".2"]);
      await world.untilBegan("slow", 2);
      first.kill("SIGKILL");
      await first.ended;
      await world.startWorker();
      await world.untilBegan("slow", 3);
      expect((await world.began("slow")).map((line) => line.slice(-2))).toEqual([".1", ".3", ".3"]);
    });

    test("a worker is killed while it runs a body, and another one runs it under the same claim", async () => {
      await using world = await Distributed.open(found);
      const { slow, total } = world.client;
      const first = await world.startWorker();
      const result = chord([slow.s(1, 0), slow.s(2, 0)], total.s(60_000)).apply();
      await world.untilBegan("total", 1);
      const claimed = await world.db.collection("umbel_joins").findOne({});
      first.kill("SIGKILL");
      await first.ended;
      await world.startWorker();
      await world.untilBegan("total", 2);
      expect(await world.db.collection("umbel_joins").findOne({})).toMatchObject({
        claim: claimed?.["claim"],
      });
      expect(await result.state()).toBe("PENDING");
    });
  },
);
