import type { Join } from "@umbel/core";
import { SHARD_SIZE, cancelFailure, documentsOf } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { json } from "../outcome-records.ts";
import type { JoinsUnderTest } from "./world.ts";
import { claimant, clientAt, continuationOf, countOf, expectDocuments, joinOf, untouched } from "./world.ts";

export function testRegistering(on: JoinsUnderTest): void {
  test.each([0, 1, 63, SHARD_SIZE, SHARD_SIZE + 1, 5_000])(
    "a join of %i has the documents of its size",
    async (size) => {
      const join = await on.registered(size);
      const documents = documentsOf(join.id, size);
      for (const document of documents) {
        const expected = { size: document.size, count: 0, failed: 0, repeats: [] };
        expect(countOf(await on.other.arrive(document.id, []))).toEqual(expected);
      }
      expect(await on.other.arrive(`${join.id}/${documents.length - 1}`, [])).toBeNull();
    },
  );

  test("a join is read as it was registered", async () => {
    await fc.assert(
      fc.asyncProperty(joins(), async (join) => {
        await on.store.register([join]);
        expect(await on.other.read(join.id)).toEqual(untouched(join));
      }),
      { numRuns: 30 },
    );
  });

  test("what comes after a join may be of any depth, under any key", async () => {
    const keys = JSON.parse(
      '{"$set": 1, "a.b": 2, "": 3, "__proto__": 4, "_bsontype": "Long", "\\ud800": "\\udc00"}',
    );
    const args = [deep(500), { ...keys, "\0": "\0" }];
    const join = await on.registered(2, { next: continuationOf(args) });
    expect(await on.other.read(join.id)).toEqual(untouched(join));
  });

  test("to register again changes nothing", async () => {
    for (const size of [3, SHARD_SIZE + 1]) {
      const join = await on.registered(size);
      const { id = "" } = documentsOf(join.id, size).at(-1) ?? {};
      const arrived = await on.store.arrive(id, [{ index: 0, ok: false }]);
      await on.store.claim(join.id, claimant("nonce"));
      expect(await on.other.register([{ ...join, flow: "another", replyTo: "another" }])).toEqual(["known"]);
      expect(await on.store.read(join.id)).toMatchObject({
        flow: join.flow,
        replyTo: join.replyTo,
        claim: claimant("nonce"),
      });
      expect(await on.store.arrive(id, [])).toEqual({ ...arrived, repeats: [] });
    }
  });

  test("joins that were there already do not hold up the others", async () => {
    const known = [await on.registered(2), await on.registered(SHARD_SIZE + 1)];
    const fresh = [joinOf(SHARD_SIZE + 1), joinOf(2), joinOf(3)];
    const [a, b, c] = fresh as [Join, Join, Join];
    const [x, y] = known as [Join, Join];
    expect(await on.other.register([a, x, b, y, a, c])).toEqual([
      "new",
      "known",
      "new",
      "known",
      "known",
      "new",
    ]);
    for (const join of fresh) await expectDocuments(on.store, join);
  });

  test("a join of which a part was there is completed, and is not new", async () => {
    for (const part of [1, 3, 5]) {
      const join = joinOf(5_000);
      const { id, size } = documentsOf(join.id, join.size)[part] ?? { id: "", size: 0 };
      await on.registered(size, { id });
      expect(await on.other.register([join])).toEqual(["known"]);
      await expectDocuments(on.store, join);
    }
  });

  test("one that is there with another size is told, and stays as it is", async () => {
    for (const [size, wanted] of [
      [2, 3],
      [0, 1],
      [SHARD_SIZE, SHARD_SIZE + 1],
      [SHARD_SIZE + 1, SHARD_SIZE + 2],
      [SHARD_SIZE + 2, SHARD_SIZE + 1],
      [2 * SHARD_SIZE, 2 * SHARD_SIZE + 1],
    ] as const) {
      const join = await on.registered(size);
      const fresh = joinOf(2);
      const answers = await on.other.register([fresh, { ...join, size: wanted }]);
      expect(answers, `${wanted} for ${size}`).toEqual(["new", "other"]);
      expect(await on.store.read(join.id)).toMatchObject({ size });
      await expectDocuments(on.store, fresh);
    }
  });

  test("one that is marked is told as that, whatever its size", async () => {
    const join = await on.registered(2);
    await on.store.mark([join.id], cancelFailure("enough", "umbel.cancel", "F"), 9_000_000_000_000);
    expect(await on.other.register([{ ...join, size: 3 }])).toEqual(["marked"]);
  });

  test("of clients that register the same joins at once, one at most is told that a join is new", async () => {
    const wanted = [joinOf(5_000), joinOf(2), joinOf(SHARD_SIZE + 1), joinOf(0)];
    const answers = await Promise.all([0, 1, 2, 3].map((i) => clientAt(on.world, i).register(wanted)));
    for (const [i, join] of wanted.entries()) {
      expect(answers.filter((answer) => answer[i] === "new").length).toBeLessThanOrEqual(1);
      await expectDocuments(on.store, join);
    }
  });

  test("to register nothing answers nothing", async () => {
    expect(await on.store.register([])).toEqual([]);
  });
}

function joins(): fc.Arbitrary<Join> {
  const args = fc.array(json(), { maxLength: 4 });
  const ids = fc.array(fc.uuid(), { maxLength: 3 });
  return fc
    .tuple(fc.nat({ max: 2_000 }), args, fc.string(), fc.option(fc.string()), fc.option(ids))
    .map(([size, bound, flow, replyTo, members]) =>
      joinOf(size, { next: continuationOf(bound), flow, replyTo, members }),
    );
}

function deep(levels: number): unknown {
  let value: unknown = "bottom";
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { in: value };
  return value;
}
