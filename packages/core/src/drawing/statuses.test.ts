import { expect, test } from "vitest";
import { InvalidOption } from "../errors.ts";
import { childId } from "../ids.ts";
import type { PlacedNode, PlacedTask } from "../node.ts";
import type { StoredTask } from "../results.ts";
import { drawSent } from "./draw.ts";

function call(id: string, links: Pick<PlacedTask, "callbacks" | "errbacks"> = {}): PlacedTask {
  return { kind: "task", id, task: "add", args: [], kwargs: {}, immutable: false, options: {}, ...links };
}

function group(id: string, size: number): PlacedNode {
  return { kind: "group", id, members: Array.from({ length: size }, (_, i) => call(childId(id, i))) };
}

/** A store that has only states, and tells what it was asked for. */
function storeOf(stateOf: (id: string) => string | undefined): {
  readonly asked: (readonly string[])[];
  readonly find: (ids: readonly string[]) => Promise<ReadonlyMap<string, StoredTask>>;
} {
  const asked: (readonly string[])[] = [];
  const find = async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> => {
    asked.push(ids);
    const states = ids.map((id) => [id, stateOf(id)] as const);
    return new Map(
      states.flatMap(([id, state]) => (state === undefined ? [] : [[id, { state, record: null }]])),
    );
  };
  return { asked, find };
}

test("a flow of 20,000 members is asked for in batches of 1,000, and those not drawn are counted", async () => {
  const { asked, find } = storeOf((id) =>
    id.endsWith("7") ? "FAILURE" : id.endsWith("8") ? undefined : "SUCCESS",
  );
  const plan: PlacedNode = { kind: "chain", steps: [group("F.0", 20_000), call("F")] };
  const drawn = await drawSent({ plan, input: [], find }, "text", { limit: 3 });
  expect(drawn).toMatchInlineSnapshot(`
    "chain
    ├─ group
    │  ├─ add() · SUCCESS
    │  ├─ add() · SUCCESS
    │  ├─ add() · SUCCESS
    │  └─ … 19,997 more · 2,000 PENDING, 15,997 SUCCESS, 2,000 FAILURE
    └─ add(…) · SUCCESS"
  `);
  expect(asked.map((ids) => ids.length)).toEqual([...Array.from({ length: 20 }, () => 1000), 1]);
  expect(new Set(asked.flat()).size).toBe(20_001);
});

test("links are asked for with the task that they hang on", async () => {
  const { asked, find } = storeOf(() => "STARTED");
  const links = {
    callbacks: [call("F+link.0", { errbacks: [call("F+link.0+error.0")] })],
    errbacks: [call("F+error.0")],
  };
  const drawn = await drawSent({ plan: call("F", links), input: null, find }, "text", {});
  expect(asked).toEqual([["F", "F+link.0", "F+link.0+error.0", "F+error.0"]]);
  expect(drawn).toMatchInlineSnapshot(`
    "add(…) · STARTED
    ├┄ then add(…) · STARTED
    │  └┄ on error add(…) · STARTED
    └┄ on error add(…) · STARTED"
  `);
});

test("a member that is not drawn counts with what it comes to", async () => {
  const states: { readonly [id: string]: string } = {
    "F.1.0": "SUCCESS",
    "F.2.0": "STARTED",
    "F.3": "PROGRESS",
  };
  const { find } = storeOf((id) => states[id]);
  const chain: PlacedNode = { kind: "chain", steps: [call("F.1.0"), call("F.1")] };
  const members = [call("F.0"), chain, group("F.2", 2), call("F.3"), group("F.4", 0)];
  const drawn = await drawSent({ plan: { kind: "group", id: "F", members }, input: [], find }, "text", {
    limit: 1,
  });
  expect(drawn).toBe("group\n├─ add() · PENDING\n└─ … 4 more · 1 PENDING, 1 STARTED, 1 SUCCESS, 1 PROGRESS");
});

test("the store is not asked for a drawing that is refused", async () => {
  const { asked, find } = storeOf(() => "SUCCESS");
  await expect(drawSent({ plan: call("F"), input: [], find }, "text", { limit: 0 })).rejects.toThrow(
    InvalidOption,
  );
  expect(asked).toEqual([]);
});
