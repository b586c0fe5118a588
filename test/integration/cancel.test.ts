import { chain, chord, group } from "@umbel/canvas";
import { FlowCancelled, Umbel } from "@umbel/runtime";
import { expect, test } from "vitest";
import { Distributed } from "../support/distributed.ts";
import { describeWith } from "../support/services.ts";

const IN_TIME = { timeoutMs: 20_000 };

/** Resolves when the workers have come to what is in the queue now. */
async function barrier({ client }: Distributed): Promise<void> {
  const calls = Array.from({ length: 16 }, (_, i) => client.add.s(i, i));
  await group(calls).apply().get(IN_TIME);
}

describeWith(
  ["amqp", "mongo"],
  "a cancel through RabbitMQ and MongoDB, with workers in other processes",
  (found) => {
    test("is heard by what runs on whichever worker, and what is queued does not run", async () => {
      await using world = await Distributed.open(found);
      const { patient, total } = world.client;
      const workers = [await world.startWorker(2), await world.startWorker(2)];
      const members = Array.from({ length: 40 }, (_, i) => patient.s(i));
      const result = chord(members, total.s(0)).apply();
      await world.untilBegan("patient", 4);
      await result.cancel({ reason: "enough" });
      await result.cancel({ reason: "again" });
      await expect(result.get(IN_TIME)).rejects.toMatchObject({
        code: "FLOW_CANCELLED",
        reason: expect.stringMatching(/^(enough|again)$/),
      });
      await Promise.all(workers.map((worker) => worker.line(/task cancelled.*patient/)));
      await world.untilBegan("heard", 4);
      for (const child of result.parent?.children ?? []) {
        await expect(child.get(IN_TIME)).rejects.toBeInstanceOf(FlowCancelled);
        expect(await child.state()).toBe("REVOKED");
      }
      await barrier(world);
      expect(await world.began("patient")).toHaveLength(4);
      expect(await world.began("total")).toEqual([]);
      const joins = await world.db.collection("umbel_joins").find({ expiresAt: null }).toArray();
      expect(joins).toEqual([]);
    });

    test("is known to a worker that starts after it", async () => {
      await using world = await Distributed.open(found);
      const { slow, patient } = world.client;
      const first = await world.startWorker(1);
      const result = chain(patient.s(1), slow.s(0)).apply();
      await world.untilBegan("patient", 1);
      await result.cancel();
      await first.line(/flow cancelled/);
      first.kill("SIGTERM");
      await first.ended;
      const headers = { task: "slow", id: `${result.id}.99`, root_id: result.id };
      await world.publishRaw(Buffer.from("[[1, 0], {}, {}]"), { headers, contentType: "application/json" });
      await world.startWorker();
      await barrier(world);
      expect(await world.began("slow")).toEqual([]);
      await expect(result.get(IN_TIME)).rejects.toBeInstanceOf(FlowCancelled);
    });

    test("ends the flow although every worker is killed as soon as it is sent", async () => {
      await using world = await Distributed.open(found);
      const { patient, total } = world.client;
      const first = await world.startWorker(2);
      const members = Array.from({ length: 200 }, (_, i) => patient.s(i));
      const result = chord(members, total.s(0)).apply();
      await world.untilBegan("patient", 2);
      await result.cancel({ reason: "enough" });
      first.kill("SIGKILL");
      await first.ended;
      await world.startWorker(2);
      await expect(result.get(IN_TIME)).rejects.toMatchObject({ reason: "enough" });
      await barrier(world);
      for (const child of result.parent?.children ?? []) expect(await child.ready()).toBe(true);
    });

    test("comes from any process, by the flow's id", async () => {
      await using world = await Distributed.open(found);
      const { patient, total } = world.client;
      await world.startWorker(2);
      const result = chord([patient.s(1), patient.s(2), patient.s(3)], total.s(0)).apply();
      await world.untilBegan("patient", 2);
      await using other = new Umbel("other", { broker: world.broker, backend: world.backend });
      await other.flow(result.flow).cancel({ reason: "from afar" });
      await expect(result.get(IN_TIME)).rejects.toMatchObject({ reason: "from afar" });
      await world.untilBegan("heard", 2);
      expect(await other.flow(result.flow).state()).toBe("REVOKED");
      await expect(other.flow(result.flow).result().get(IN_TIME)).rejects.toBeInstanceOf(FlowCancelled);
    });

    test("comes to a task between two of its attempts", async () => {
      await using world = await Distributed.open(found);
      const { stubborn, add } = world.client;
      const worker = await world.startWorker(2);
      const result = stubborn.s(1, 5, 60_000).pipe(add.si(1, 1)).apply();
      await worker.line(/attempt 2 of it follows/);
      await result.cancel({ reason: "no more" });
      await expect(result.get(IN_TIME)).rejects.toMatchObject({ reason: "no more" });
      expect(await result.parent?.state()).toBe("REVOKED");
      await barrier(world);
      expect(await world.began("stubborn")).toHaveLength(1);
    });

    test("comes to the losers of a race", async () => {
      await using world = await Distributed.open(found);
      const { add, patient } = world.client;
      await world.startWorker();
      await world.startWorker();
      const race = group([patient.s(1), patient.s(2), chain(patient.s(3), add.s(1)), add.s(1, 1)], "any");
      const result = race.apply();
      expect(await result.get(IN_TIME)).toBe(2);
      const begun = (await world.began("patient")).length;
      await barrier(world);
      await world.untilBegan("heard", begun);
      const [loser] = result.children;
      expect(await loser?.state()).toBe("REVOKED");
    });
  },
);
