import { describe, onTestFinished } from "vitest";
import { testClosing, testLostConnection } from "./connections.ts";
import { testDeadLetters, testPuttingAside } from "./dead-letters.ts";
import { testConsuming, testRedelivery } from "./deliveries.ts";
import { testCopying, testPublishing } from "./publishing.ts";
import { testReplies } from "./replies.ts";
import { testSignals } from "./signals.ts";
import { testUndecodable } from "./undecodable.ts";
import type { BrokerExtras, BrokerWorld, Setup } from "./world.ts";

/** The contract of {@link Broker}, as tests of one broker. */
export function describeBroker<World extends BrokerWorld>(
  name: string,
  makeWorld: () => Promise<World>,
  { putRaw, handsOverObjects = false, travelTogether = false }: BrokerExtras<World> = {},
): void {
  describe(name, () => {
    async function setup(): Promise<Setup<World>> {
      const world = await makeWorld();
      onTestFinished(() => world.close());
      const broker = world.broker();
      await broker.open();
      return { world, broker, queue: world.queue() };
    }

    describe("publishing", () => testPublishing(setup));
    describe.skipIf(handsOverObjects)("a message, once published", () => testCopying(setup));
    describe("redelivery", () => testRedelivery(setup, travelTogether));
    describe("consuming", () => testConsuming(setup, travelTogether));
    describe("a lost connection", () => testLostConnection(setup));
    describe("putting aside", () => testPuttingAside(setup));
    describe("dead letters", () => testDeadLetters(setup, travelTogether));
    describe("replies", () => testReplies(setup));
    describe("signals", () => testSignals(setup));
    describe("closing", () => testClosing(setup));
    if (putRaw !== undefined) describe("what cannot be read", () => testUndecodable(setup, putRaw));
    // oxlint-disable-next-line vitest/no-disabled-tests -- this part needs bytes that are not ours
    else describe.skip("what cannot be read (all messages of this broker are its own)");
  });
}
