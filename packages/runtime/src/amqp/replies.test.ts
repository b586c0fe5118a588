import type { OutcomeRecord } from "@umbel/core";
import { success } from "@umbel/core";
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { GuardedChannel } from "./channel.ts";
import type { Link } from "./link.ts";
import { ReplySender } from "./replies.ts";

class FakeChannel extends EventEmitter {
  readonly addresses: string[] = [];

  publish(_: string, address: string): boolean {
    this.addresses.push(address);
    return true;
  }
}

function linkOf(channels: FakeChannel[], opened: FakeChannel[]): Link {
  const channel = async (): Promise<GuardedChannel> => {
    const raw = channels.shift();
    if (raw === undefined) throw new Error("the connection ended");
    opened.push(raw);
    return new GuardedChannel(raw as unknown as GuardedChannel["raw"], () => null);
  };
  return { channel } as unknown as Link;
}

const record: OutcomeRecord = {
  ...{
    id: "a",
    outcome: success(1),
    by: null,
    task: null,
    args: null,
    kwargs: null,
    flow: null,
    parent: null,
  },
  ...{ queue: null, worker: null, retries: 0, turn: 0, startedAtMs: null, doneAtMs: 0, expiresAtMs: null },
};

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("replies wait for their channel to open, which is opened once", async () => {
  const [first, opened] = [new FakeChannel(), [] as FakeChannel[]];
  const sender = new ReplySender(linkOf([first, new FakeChannel()], opened), () => {});
  sender.send("x", [record]);
  sender.send("y", [record]);
  await turn();
  sender.send("z", [record]);
  expect(first.addresses).toEqual(["x", "y", "z"]);
  expect(opened).toEqual([first]);
});

test("a channel that was closed is replaced", async () => {
  const [first, second] = [new FakeChannel(), new FakeChannel()];
  const sender = new ReplySender(linkOf([first, second], []), () => {});
  sender.send("x", [record]);
  await turn();
  first.emit("close");
  sender.send("y", [record]);
  await turn();
  expect([first.addresses, second.addresses]).toEqual([["x"], ["y"]]);
});

test("without a connection they are dropped", async () => {
  const sender = new ReplySender(linkOf([], []), () => {});
  sender.send("x", [record]);
  await turn();
  sender.send("y", [record]);
  await turn();
});
