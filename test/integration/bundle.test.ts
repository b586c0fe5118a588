import { chord, group } from "@umbel/canvas";
import { onEvent } from "@umbel/runtime";
import { connect } from "amqplib";
import { expect, test } from "vitest";
import { Distributed } from "../support/distributed.ts";
import { describeWith } from "../support/services.ts";

const TIMEOUT = { timeoutMs: 20_000 };

describeWith(["amqp", "mongo"], "calls that travel together", (found) => {
  test("take a message for so many, of a group and of what is sent in one turn", async () => {
    await using world = await Distributed.open(found);
    const { add, app } = world.client;
    const members = Array.from({ length: 20 }, (_, i) => add.s(i, i).set({ bundle: 8 }));
    const grouped = group(members).apply();
    await grouped.published;
    expect(await waiting(world)).toBe(3);
    const calls = members.slice(0, 16).map((call) => call.apply());
    await Promise.all(calls.map(({ published }) => published));
    expect(await waiting(world)).toBe(5);
    await world.startWorker();
    expect(await grouped.get(TIMEOUT)).toEqual(members.map((_, i) => 2 * i));
    const results = await Promise.all(calls.map((call) => call.get(TIMEOUT)));
    expect(results).toEqual(calls.map((_, i) => 2 * i));
    await app.close();
  });

  test("have each an end of their own: some fail, are tried again, or wait for their time", async () => {
    await using world = await Distributed.open(found);
    const { add, boom, stubborn } = world.client;
    await world.startWorker();
    const members = [
      add.s(1, 1),
      boom.s("no luck"),
      stubborn.s("x", 2, 10),
      add.s(2, 2).set({ countdownMs: 200 }),
    ];
    const ends = await group(members, "settled").set({ bundle: 4 }).apply().get(TIMEOUT);
    expect(ends).toMatchObject([
      { status: "fulfilled", value: 2 },
      { status: "rejected", reason: { message: "no luck" } },
      { status: "fulfilled" },
      { status: "fulfilled", value: 4 },
    ]);
  });

  test("are run by another worker when the one that has them is killed, and the body of their chord once", async () => {
    await using world = await Distributed.open(found);
    const { slow, total } = world.client;
    const first = await world.startWorker();
    const members = Array.from({ length: 200 }, (_, i) => slow.s(i, 5));
    const result = chord(members, total.s(0)).set({ bundle: 32 }).apply();
    await world.untilBegan("slow", 60);
    first.kill("SIGKILL");
    await first.ended;
    expect((await world.began("slow")).length).toBeLessThan(200);
    await world.startWorker();
    expect(await result.get(TIMEOUT)).toBe(19_900);
    expect(await world.began("total")).toHaveLength(1);
    const [join] = await world.db.collection("umbel_joins").find().toArray();
    expect(join).toMatchObject({ size: 200, count: 200, claim: { turn: 0 } });
  });

  test("go back together when their worker stops, and none runs twice that had ended", async () => {
    await using world = await Distributed.open(found);
    const { slow, app } = world.client;
    const worker = await app.worker({ queues: [world.queue], concurrency: 2 });
    await worker.start();
    const members = Array.from({ length: 30 }, (_, i) => slow.s(i, 20).set({ bundle: 30 }));
    let ended = 0;
    const end = onEvent(() => (ended += 1), ["task.succeeded"]);
    const result = group(members).apply();
    await world.untilBegan("slow", 6);
    await worker.stop();
    end();
    expect(ended).toBeGreaterThan(3);
    expect(ended).toBeLessThan(30);
    await world.startWorker();
    expect(await result.get(TIMEOUT)).toEqual(members.map((_, i) => i));
    const began = await world.began("slow");
    expect(new Set(began).size).toBe(30);
    expect(began).toHaveLength(30);
  });
});

/** Messages that wait in the queue. */
async function waiting({ broker, queue }: Distributed): Promise<number> {
  const connection = await connect(broker);
  const channel = await connection.createChannel();
  const { messageCount } = await channel.checkQueue(queue);
  await connection.close();
  return messageCount;
}
