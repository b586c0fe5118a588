import { mongoBackend } from "@umbel/backend-mongo";
import type { Backend, Join } from "@umbel/core";
import { StoreUnavailable } from "@umbel/core";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/services.ts";
import { LosingProxy } from "./losing-proxy.ts";
import type { MongoWorld } from "./mongo-world.ts";
import { openMongoWorld } from "./mongo-world.ts";
import { recordOf } from "./outcome-records.ts";
import { claimant } from "./join-store/world.ts";

describeWith("mongo", "when an answer of MongoDB's is lost", ({ mongo }) => {
  let world: MongoWorld;
  let proxy: LosingProxy;
  let near: Backend;
  let far: Backend;

  beforeAll(async () => {
    world = await openMongoWorld(mongo.url);
    near = world.backends[0];
    proxy = new LosingProxy(mongo.url);
    await proxy.start();
    far = mongoBackend(proxy.through(mongo.url), { database: world.name, serverSelectionTimeoutMs: 2_000 });
    await Promise.all([far.results.open(), far.joins.open()]);
  });

  afterAll(async () => {
    await Promise.all([far.results.close(), far.joins.close()]);
    await proxy.stop();
    await world.close();
  });

  /**
   * Makes a call whose answer is lost.
   *
   * @param tries - How often it is asked before it fails: the driver tries again, once; a write of several documents is not
   *   the driver's.
   */
  async function losing(command: string, call: () => Promise<unknown>, tries: 1 | 2 = 2): Promise<void> {
    const before = proxy.lost;
    proxy.lose(command, tries);
    await expect(call()).rejects.toThrow(StoreUnavailable);
    expect(proxy.lost - before).toBe(tries);
  }

  /** Makes a call of which the first answer is lost, and the second is not. */
  async function losingOnce<Answer>(command: string, call: () => Promise<Answer>): Promise<Answer> {
    const before = proxy.lost;
    proxy.lose(command, 1);
    const answer = await call();
    expect(proxy.lost - before).toBe(1);
    return answer;
  }

  test("what a put wrote is there, and the put may be repeated", async () => {
    const records = [recordOf(randomUUID(), { by: "nonce" }), recordOf(randomUUID(), { by: "nonce" })];
    await losing("insert", () => far.results.put(records), 1);
    expect(await far.results.put(records)).toEqual(records.map((stored) => ({ won: false, stored })));
  });

  test("a put that the driver repeats is answered, and its records are stored", async () => {
    const record = recordOf(randomUUID());
    const [answer] = await losingOnce("insert", () => far.results.put([record]));
    expect([{ won: true }, { won: false, stored: record }]).toContainEqual(answer);
    expect((await near.results.find([record.id])).get(record.id)?.record).toEqual(record);
  });

  test("an arrival is a repeat when it is made again, and sees the count", async () => {
    const { id } = await registered(3);
    await losing("findAndModify", () => far.joins.arrive(id, [{ index: 1, ok: false }]));
    const repeated = { size: 3, count: 1, failed: 1, repeats: [true] };
    expect(await far.joins.arrive(id, [{ index: 1, ok: false }])).toEqual(repeated);
  });

  test("a batch of arrivals that the driver repeats counts each once", async () => {
    const { id } = await registered(200);
    await near.joins.arrive(id, [{ index: 70, ok: true }]);
    const batch = [0, 70, 199].map((index) => ({ index, ok: true }));
    const counted = await losingOnce("findAndModify", () => far.joins.arrive(id, batch));
    expect(counted).toMatchObject({ size: 200, count: 3, failed: 0 });
    expect(await near.joins.arrive(id, batch)).toMatchObject({ count: 3, repeats: [true, true, true] });
  });

  test.each([
    ["update", 1],
    ["find", 2],
  ] as const)(
    "arrivals at several joins whose %s had no answer are repeats when they are made again",
    async (lost, tries) => {
      const several = await Promise.all([registered(1), registered(2), registered(2)]);
      const arrive = (): Promise<unknown> =>
        Promise.all(several.map(({ id }) => far.joins.arrive(id, [{ index: 0, ok: false }])));
      await losing(lost, arrive, tries);
      const repeated = several.map(({ size }) => ({ size, count: 1, failed: 1, repeats: [true] }));
      expect(await arrive()).toMatchObject(repeated);
    },
  );

  test("the same nonce has the claim, asking again, and another does not", async () => {
    const { id } = await registered(1);
    await losing("update", () => far.joins.claim(id, claimant("a")));
    expect(await near.joins.claim(id, claimant("b"))).toBe("held");
    expect(await far.joins.claim(id, claimant("a"))).toBe("mine");
  });

  test("a registration may be repeated, and is not new then", async () => {
    const join = joinOf(2_000);
    await losing("insert", () => far.joins.register([join]), 1);
    expect(await far.joins.register([join])).toEqual(["known"]);
    expect(await near.joins.arrive(`${join.id}/1`, [])).toMatchObject({ size: 992 });
  });

  test("a store that could not be opened is opened when the server is back", async () => {
    const url = proxy.through(mongo.url);
    const { results, joins } = mongoBackend(url, { database: world.name, serverSelectionTimeoutMs: 1_000 });
    await proxy.stop();
    const opening = [results, joins, results].map((store) =>
      expect(store.open()).rejects.toThrow(StoreUnavailable),
    );
    await Promise.all(opening);
    await proxy.start();
    await Promise.all([results.open(), joins.open()]);
    expect(await results.find(["none"])).toEqual(new Map());
    await Promise.all([results.close(), joins.close()]);
  });

  test("a call whose answer never comes rejects in time", async () => {
    const options = { database: world.name, socketTimeoutMs: 150 };
    const { results } = mongoBackend(proxy.through(mongo.url), options);
    await results.open();
    proxy.lose("insert", 2, "silent");
    await expect(results.put([recordOf(randomUUID())])).rejects.toThrow(StoreUnavailable);
    await results.close();
  });

  test("calls reject while the server is gone, and are answered when it is back", async () => {
    const record = recordOf(randomUUID());
    const { id } = await registered(1);
    const calls = [
      () => far.results.put([record]),
      () => far.results.find([record.id]),
      () => far.joins.arrive(id, [{ index: 0, ok: true }]),
    ];
    await proxy.stop();
    await Promise.all(calls.map((call) => expect(call()).rejects.toThrow(StoreUnavailable)));
    await proxy.start();
    for (const call of calls) await expect(call()).resolves.toBeDefined();
    expect((await near.results.find([record.id])).get(record.id)?.record).toEqual(record);
  });

  async function registered(size: number): Promise<Join> {
    const join = joinOf(size);
    await near.joins.register([join]);
    return join;
  }
});

function joinOf(size: number): Join {
  return {
    id: randomUUID(),
    size,
    next: { steps: [], join: null },
    flow: "flow",
    replyTo: null,
    members: null,
  };
}
