import { StoreUnavailable, cancelFailure } from "@umbel/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testArriving, testArrivingTogether } from "./arriving.ts";
import { testClaiming } from "./claiming.ts";
import { testMarking, testRetiring } from "./ending.ts";
import { testRacing } from "./racing.ts";
import { testRegistering } from "./registering.ts";
import type { JoinStoreExtras, JoinWorld, JoinsUnderTest } from "./world.ts";
import { claimant, joinOf, ok } from "./world.ts";

/** The contract of {@link JoinStore}, as tests of one store. */
export function describeJoinStore<World extends JoinWorld>(
  name: string,
  makeWorld: () => Promise<World>,
  { pass, unreachable }: JoinStoreExtras<World> = {},
): void {
  describe(name, () => {
    let world: World;
    const on: JoinsUnderTest<World> = {
      get world() {
        return world;
      },
      get store() {
        return world.clients[0];
      },
      get other() {
        return world.clients.at(-1) ?? world.clients[0];
      },
      async registered(size, said) {
        const join = joinOf(size, said);
        expect(await on.store.register([join])).toEqual(["new"]);
        return join;
      },
    };

    beforeAll(async () => {
      world = await makeWorld();
    });

    afterAll(() => world.close());

    describe("register", () => testRegistering(on));
    describe("arrive", () => testArriving(on));
    describe("arrive, at several documents at once", () => testArrivingTogether(on));
    describe("race", () => testRacing(on));
    describe("claim", () => testClaiming(on));
    describe("retire", () => testRetiring(on, pass));
    describe("mark", () => testMarking(on, pass));

    test("to open it again does nothing", async () => {
      const { id } = await on.registered(1);
      await Promise.all([on.store.open(), on.store.open()]);
      expect(await on.store.arrive(id, [ok(0)])).toMatchObject({ count: 1 });
    });

    if (unreachable !== undefined) {
      test("a store that cannot be reached rejects with StoreUnavailable", async () => {
        const nobody = unreachable();
        const calls = [
          () => nobody.open(),
          () => nobody.register([joinOf(1)]),
          () => nobody.arrive("a", [ok(0)]),
          () => nobody.read("a"),
          () => nobody.claim("a", claimant("nonce")),
          () => nobody.mark(["a"], cancelFailure("r", "t", "i"), 0),
          () => nobody.markOf("a"),
          () => nobody.noteCancel({ scope: "a", reason: "r" }, 0),
          () => nobody.cancels(),
          () => nobody.retire("a", 0),
        ];
        for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailable);
        await nobody.close();
      });
    }
  });
}
