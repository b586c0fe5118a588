import type { Json, OutcomeRecord } from "@umbel/core";
import { success } from "@umbel/core";
import { expect, test } from "vitest";
import { Replying } from "./replying.ts";

function world() {
  const pushed: { readonly address: string; readonly ids: readonly string[] }[] = [];
  const reply = (address: string, records: readonly OutcomeRecord[]): void =>
    void pushed.push({ address, ids: records.map(({ id }) => id) });
  return { pushed, replying: new Replying({ reply }) };
}

test("what comes in one turn for one address goes out together", async () => {
  const { pushed, replying } = world();
  replying.reply("here", [recordOf("a", 1)]);
  replying.reply("there", [recordOf("b", "text")]);
  replying.reply("here", [recordOf("c", [1, 2]), recordOf("d", { x: 1 })]);
  expect(pushed).toEqual([]);
  await Promise.resolve();
  replying.reply("here", [recordOf("e", null)]);
  await Promise.resolve();
  expect(pushed).toEqual([
    { address: "here", ids: ["a", "c", "d"] },
    { address: "there", ids: ["b"] },
    { address: "here", ids: ["e"] },
  ]);
});

test("what is large goes by itself, at once", () => {
  const { pushed, replying } = world();
  const large: readonly Json[] = [
    "x".repeat(2000),
    Array.from({ length: 2000 }, () => 1),
    { x: ["y".repeat(2000)] },
  ];
  for (const [i, value] of large.entries()) replying.reply("here", [recordOf(`${i}`, value)]);
  expect(pushed.map(({ ids }) => ids)).toEqual([["0"], ["1"], ["2"]]);
});

test("no more than a thousand go together, and none is lost", async () => {
  const { pushed, replying } = world();
  for (let i = 0; i < 2500; i += 1) replying.reply("here", [recordOf(`${i}`, i)]);
  await Promise.resolve();
  expect(pushed.map(({ ids }) => ids.length)).toEqual([1000, 1000, 500]);
});

function recordOf(id: string, value: Json): OutcomeRecord {
  return {
    id,
    outcome: success(value),
    by: null,
    task: "add",
    args: [],
    kwargs: {},
    flow: null,
    parent: null,
    queue: null,
    worker: null,
    retries: 0,
    turn: 0,
    startedAtMs: null,
    doneAtMs: 0,
    expiresAtMs: null,
  };
}
