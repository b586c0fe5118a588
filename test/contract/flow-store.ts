import type { FlowStore, PlacedNode, StoredFlow } from "@umbel/core";
import { StoreUnavailable } from "@umbel/core";
import { describe, expect, test } from "vitest";

/** A store of the suite's, another client of the same flows, and the time they go by. */
export interface FlowWorld extends AsyncDisposable {
  readonly store: FlowStore;
  readonly other: FlowStore;
  readonly nowMs: () => number;
}

/** What only some stores can be asked for. */
export interface FlowStoreExtras {
  /** Lets time pass, where the store has a clock that a test can set. */
  readonly pass?: (world: FlowWorld, ms: number) => void;
  /** A store whose server cannot be reached. */
  readonly unreachable?: () => FlowStore;
}

const HOUR_MS = 3_600_000;

/** What every {@link FlowStore} promises. */
export function describeFlowStore(
  name: string,
  open: () => Promise<FlowWorld>,
  { pass, unreachable }: FlowStoreExtras = {},
): void {
  describe(`flows ${name}`, () => {
    test("come back as they were, whatever is in them", async () => {
      await using world = await open();
      const flows = [
        flowOf(world, "F", { input: [1, null, { $set: { "a.b": 1 } }, "ü\u2028\0𝄞\ud800"] }),
        flowOf(world, "G", { plan: deep(200), replyTo: null }),
        flowOf(world, "H", { plan: { kind: "rest", id: "H.1", ends: ["H.1~99"], queue: "q" } }),
      ];
      await world.store.save(flows);
      for (const flow of flows) expect(await world.other.load(flow.id)).toEqual(flow);
    });

    test("are null when they are not there", async () => {
      await using world = await open();
      await world.store.save([]);
      await world.store.save([flowOf(world, "F.1")]);
      expect(await world.store.load("F")).toBeNull();
    });

    test("stay as they were first, and hold up no other flow of the same save", async () => {
      await using world = await open();
      const first = flowOf(world, "F", { input: [1] });
      await world.store.save([first]);
      await world.other.save([flowOf(world, "F", { input: [2] }), flowOf(world, "G", { input: [3] })]);
      expect(await world.store.load("F")).toEqual(first);
      expect(await world.store.load("G")).toMatchObject({ input: [3] });
    });

    test("may be larger than any document", async () => {
      await using world = await open();
      const flow = flowOf(world, "F", { input: ["0123456789".repeat(1_700_000), "𝄞".repeat(1_000_000)] });
      await world.store.save([flow]);
      const loaded = await world.other.load("F");
      expect(loaded?.input.every((each, i) => each === flow.input[i])).toBe(true);
      expect(await world.other.load("F#1")).toBeNull();
    }, 60_000);

    if (pass !== undefined) {
      test("go when their time has come, and can be stored again then", async () => {
        await using world = await open();
        const [gone, kept] = [flowOf(world, "F"), flowOf(world, "G", { expiresAtMs: 3 * HOUR_MS })];
        await world.store.save([gone, kept]);
        pass(world, HOUR_MS + 60_000);
        expect(await world.store.load("F")).toBeNull();
        expect(await world.store.load("G")).toEqual(kept);
        const again = flowOf(world, "F", { input: [2] });
        await world.store.save([again]);
        expect(await world.store.load("F")).toEqual(again);
      });
    }

    if (unreachable !== undefined) {
      test("of a store that cannot be reached are StoreUnavailable", async () => {
        const nobody = unreachable();
        for (const call of [() => nobody.open(), () => nobody.save([BARE]), () => nobody.load("F")])
          await expect(call()).rejects.toThrow(StoreUnavailable);
        await nobody.close();
      });
    }
  });
}

const BARE: StoredFlow = {
  id: "F",
  plan: taskOf("F"),
  input: [],
  replyTo: "umbel.reply.1",
  app: "proj",
  sentAtMs: 0,
  expiresAtMs: 0,
};

function flowOf({ nowMs }: FlowWorld, id: string, said: Partial<StoredFlow> = {}): StoredFlow {
  return { ...BARE, id, plan: taskOf(id), sentAtMs: nowMs(), expiresAtMs: nowMs() + HOUR_MS, ...said };
}

function taskOf(id: string): PlacedNode {
  return { kind: "task", id, task: "add", args: [1], kwargs: {}, immutable: false, options: { queue: "q" } };
}

/** Deeper than a document of MongoDB's nests. */
function deep(levels: number): PlacedNode {
  const inner = levels === 0 ? taskOf("F.0") : deep(levels - 1);
  return { kind: "group", id: `F${".0".repeat(levels)}`, members: [inner] };
}
