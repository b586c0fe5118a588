import { chain, chord } from "@umbel/canvas";
import { FlowCancelled, Umbel } from "@umbel/runtime";
import { expect, test } from "vitest";
import { Distributed } from "../support/distributed.ts";
import { describeWith } from "../support/services.ts";

const IN_TIME = { timeoutMs: 20_000 };

/** Resolves when no join is open. */
async function untilClosed({ db }: Distributed): Promise<void> {
  const open = (): Promise<number> => db.collection("umbel_joins").countDocuments({ expiresAt: null });
  await expect.poll(open, { timeout: 20_000 }).toBe(0);
}

describeWith(
  ["amqp", "mongo"],
  "flows that grow while they run, through RabbitMQ and MongoDB, with two workers",
  (found) => {
    test("a group waits for what its members added, and for what that added", async () => {
      await using world = await Distributed.open(found);
      const { adds, add, total } = world.client;
      await Promise.all([world.startWorker(), world.startWorker()]);
      const result = chord([adds.s(0, 3, 2), chain(add.s(1, 1), adds.s(2, 1))], total.s(0)).apply();
      const first = 0 + (1 + 2 + 3) + (2 + 3 + 4) + (3 + 4 + 5) + (4 + 5 + 6);
      const second = 2 + (3 + 4);
      expect(await result.get(IN_TIME)).toBe(first + second);
      expect(await world.began("total")).toHaveLength(1);
      expect(new Set(await world.began("adds")).size).toBe(13 + 3);
      await using onlooker = new Umbel("onlooker", { broker: world.broker, backend: world.backend });
      const flow = onlooker.flow(result.flow);
      expect((await flow.draw()).match(/adds\(.*SUCCESS/g)).toHaveLength(13 + 3);
      await untilClosed(world);
    });

    test("a worker is killed among many additions, and another one goes on with them", async () => {
      await using world = await Distributed.open(found);
      const { adds, total } = world.client;
      const first = await world.startWorker();
      const result = chord([adds.s(0, 40, 1), adds.s(0, 40, 1), adds.s(0, 40, 1)], total.s(0)).apply();
      await world.untilBegan("adds", 30);
      first.kill("SIGKILL");
      await first.ended;
      await Promise.all([world.startWorker(), world.startWorker()]);
      expect(await result.get(IN_TIME)).toBe((3 * (40 * 41)) / 2);
      expect(new Set(await world.began("adds")).size).toBe(3 * 41);
      expect(await world.began("total")).toHaveLength(1);
    });

    test("a chord takes a task's place, and what follows it waits for that", async () => {
      await using world = await Distributed.open(found);
      const { spreads, add, total } = world.client;
      await Promise.all([world.startWorker(), world.startWorker()]);
      const flow = chord([chain(spreads.s([1, 2, 3], 5), add.s(10)), spreads.s([4, 5], 5)], spreads.s(5));
      const result = flow.pipe(add.s(100)).apply();
      expect(await result.get(IN_TIME)).toBe(16 + 9 + 100);
      expect(new Set(await world.began("total")).size).toBe(3);
      expect(await world.began("total")).toHaveLength(3);
      const taken = await world.db
        .collection<{ _id: string }>("celery_taskmeta")
        .countDocuments({ replaced: { $type: "string" }, status: "SUCCESS", turn: 1 });
      expect(taken).toBe(3);
      await using onlooker = new Umbel("onlooker", { broker: world.broker, backend: world.backend });
      expect((await onlooker.flow(result.flow).draw()).match(/replaced by/g)).toHaveLength(3);
      expect(await total.s([1, 2], 0).apply().get(IN_TIME)).toBe(3);
    });

    test("a worker is killed while other steps are in a body's place, and another one ends them", async () => {
      await using world = await Distributed.open(found);
      const { add, spreads } = world.client;
      const first = await world.startWorker(2);
      const members = Array.from({ length: 20 }, (_, i) => add.s(i, 0));
      const result = chord(members, spreads.s(50)).pipe(add.s(1)).apply();
      await world.untilBegan("slow", 6);
      first.kill("SIGKILL");
      await first.ended;
      await Promise.all([world.startWorker(), world.startWorker()]);
      expect(await result.get(IN_TIME)).toBe(190 + 1);
      expect(await world.began("spreads")).toHaveLength(1);
    });

    test("a cancel ends what was added, and what took a task's place", async () => {
      await using world = await Distributed.open(found);
      const { spreads, adds, total } = world.client;
      await Promise.all([world.startWorker(1), world.startWorker(1)]);
      const result = chord([adds.s(0, 5, 1), spreads.s([1, 2, 3, 4, 5, 6], 3_000)], total.s(0)).apply();
      await world.untilBegan("slow", 1);
      await result.cancel({ reason: "enough" });
      await expect(result.get(IN_TIME)).rejects.toBeInstanceOf(FlowCancelled);
      await untilClosed(world);
      expect(await world.began("total")).toEqual([]);
    });
  },
);
