import type { Broker, Cancel } from "@umbel/core";
import { expect, test, vi } from "vitest";
import type { MakeSetup } from "./world.ts";
import { PATIENCE } from "./world.ts";

export function testSignals(setup: MakeSetup): void {
  test("what is broadcast is heard by all who listen, the sender too, in order", async () => {
    const { world, broker } = await setup();
    const other = world.broker();
    const radios = [await tuneIn(broker), await tuneIn(other), await tuneIn(other)];
    broker.broadcast([cancelOf("a"), cancelOf("b")]);
    broker.broadcast([cancelOf("c")]);
    for (const radio of radios) {
      await vi.waitFor(() => expect(radio.heard).toHaveLength(3), PATIENCE);
      expect(radio.heard).toEqual([cancelOf("a"), cancelOf("b"), cancelOf("c")]);
    }
  });

  test("a broadcast that nobody hears is no error", async () => {
    const { world, broker } = await setup();
    broker.broadcast([cancelOf("lost")]);
    const radio = await tuneIn(world.broker());
    await untilHeard(broker, radio, "heard");
    expect(radio.heard).not.toContainEqual(cancelOf("lost"));
  });

  test("who has ended it hears nothing more", async () => {
    const { broker } = await setup();
    const [gone, radio] = [await tuneIn(broker), await tuneIn(broker)];
    await gone.end();
    await untilHeard(broker, radio, "later");
    expect(gone.heard).toEqual([]);
  });

  test("after a cut the listener is told, and hears again", async () => {
    const { world, broker } = await setup();
    const radio = await tuneIn(broker);
    await world.cut(broker);
    await vi.waitFor(() => expect(radio.reconnections()).toBe(1), PATIENCE);
    const sender = world.broker();
    await sender.open();
    await untilHeard(sender, radio, "again");
  });
}

interface Radio {
  readonly heard: Cancel[];
  readonly reconnections: () => number;
  readonly end: () => Promise<void>;
}

async function tuneIn(broker: Broker): Promise<Radio> {
  const heard: Cancel[] = [];
  let reconnections = 0;
  const end = await broker.onSignal({
    onSignal: (cancels) => void heard.push(...cancels),
    onReconnected: () => void (reconnections += 1),
  });
  return { heard, reconnections: () => reconnections, end };
}

async function untilHeard(sender: Broker, radio: Radio, scope: string): Promise<void> {
  sender.broadcast([cancelOf(scope)]);
  await vi.waitFor(() => expect(radio.heard).toContainEqual(cancelOf(scope)), PATIENCE);
}

function cancelOf(scope: string): Cancel {
  return { scope, reason: `no ${scope}` };
}
