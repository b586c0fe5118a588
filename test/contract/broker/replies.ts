import type { Broker, OutcomeRecord } from "@umbel/core";
import { expect, test, vi } from "vitest";
import { recordOf } from "../outcome-records.ts";
import type { MakeSetup } from "./world.ts";
import { PATIENCE } from "./world.ts";

export function testReplies(setup: MakeSetup): void {
  test("outcomes go to who listens at the address, in batches", async () => {
    const { world, broker } = await setup();
    const mailbox = await listen(broker);
    const sent = [[recordOf("a"), recordOf("b")], [recordOf("c")]];
    const sender = world.broker();
    await sender.open();
    for (const batch of sent) sender.reply(mailbox.address, batch);
    await mailbox.until(3);
    expect(mailbox.batches.map((batch) => batch.map(({ id }) => id))).toEqual([["a", "b"], ["c"]]);
    expect(mailbox.batches[0]?.[0]).toMatchObject({ id: "a", outcome: { state: "SUCCESS", value: "a" } });
  });

  test("each broker has an address of its own", async () => {
    const { world, broker } = await setup();
    const [mine, yours] = [await listen(broker), await listen(world.broker())];
    broker.reply(yours.address, [recordOf("for you")]);
    broker.reply(mine.address, [recordOf("for me")]);
    await Promise.all([mine.until(1), yours.until(1)]);
    expect([mine.ids(), yours.ids()]).toEqual([["for me"], ["for you"]]);
  });

  test("a reply to nobody is no error", async () => {
    const { broker } = await setup();
    const mailbox = await listen(broker);
    broker.reply(`${mailbox.address}-not`, [recordOf("lost")]);
    broker.reply(mailbox.address, [recordOf("heard")]);
    await mailbox.until(1);
    expect(mailbox.ids()).toEqual(["heard"]);
  });

  test("after a cut the listener is told, and replies come again to the same address", async () => {
    const { world, broker } = await setup();
    const mailbox = await listen(broker);
    expect(mailbox.reconnections).toBe(0);
    await world.cut(broker);
    await vi.waitFor(() => expect(mailbox.reconnections).toBe(1), PATIENCE);
    const sender = world.broker();
    await sender.open();
    sender.reply(mailbox.address, [recordOf("again")]);
    await mailbox.until(1);
    expect(mailbox.ids()).toEqual(["again"]);
  });
}

interface Mailbox {
  readonly address: string;
  readonly batches: (readonly OutcomeRecord[])[];
  readonly reconnections: number;
  ids(): readonly string[];
  until(count: number): Promise<void>;
}

export async function listen(broker: Broker): Promise<Mailbox> {
  const batches: (readonly OutcomeRecord[])[] = [];
  let reconnections = 0;
  const address = await broker.listen(
    (records) => void batches.push(records),
    () => void (reconnections += 1),
  );
  const ids = () => batches.flat().map(({ id }) => id);
  const until = (count: number) => vi.waitFor(() => expect(ids()).toHaveLength(count), PATIENCE);
  return {
    address,
    batches,
    get reconnections() {
      return reconnections;
    },
    ids,
    until,
  };
}
