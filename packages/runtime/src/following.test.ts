import type { FlowEvent, OutcomeRecord, ResultStore } from "@umbel/core";
import { success } from "@umbel/core";
import { expect, test } from "vitest";
import { systemEnvironment } from "./environment.ts";
import { Following } from "./following.ts";
import { MemoryResults } from "./memory/results.ts";

function recordOf(id: string, doneAtMs: number): OutcomeRecord {
  return {
    id,
    outcome: success(1),
    by: null,
    task: "add",
    args: [],
    kwargs: {},
    flow: "F",
    parent: null,
    queue: null,
    worker: "w",
    retries: 0,
    turn: 0,
    startedAtMs: doneAtMs - 5,
    doneAtMs,
    expiresAtMs: null,
  };
}

/** A store that has to be asked again, as a database is; what happens in each pause is the test's to say. */
function openWorld(during: (pause: number, store: MemoryResults) => Promise<unknown>, canTell = false) {
  const memory = new MemoryResults({ now: () => 0 });
  const reads = { states: 0, whole: [] as string[], perReadMs: 0 };
  let nowMs = 0;
  const results: ResultStore = {
    open: () => memory.open(),
    put: (records) => memory.put(records),
    putInOrder: (records) => memory.putInOrder(records),
    start: (start) => memory.start(start),
    forget: (ids) => memory.forget(ids),
    findFlow: (flow) => memory.findFlow(flow),
    close: () => memory.close(),
    ...(canTell && { watch: () => () => {} }),
    findFlowStates: (flow) => {
      reads.states += 1;
      nowMs += reads.perReadMs;
      return memory.findFlowStates(flow);
    },
    find: (ids) => {
      reads.whole.push(...ids);
      return memory.find(ids);
    },
  };
  const pauses: number[] = [];
  const environment = {
    ...systemEnvironment(),
    now: () => nowMs,
    sleep: async (ms: number) => {
      if (pauses.push(ms) > 50) throw new Error("it waits for ever");
      await during(pauses.length, memory);
    },
  };
  const end = new AbortController();
  const options = { flow: "F", ends: ["F"], results, environment, end: end.signal };
  return { following: new Following(options), memory, reads, pauses, end };
}

function said(event: FlowEvent | undefined): string {
  return event === undefined ? "" : `${event.type} ${event.id}`;
}

test("a store that cannot tell is read again, less and less often, and soon after something was seen", async () => {
  const put = (store: MemoryResults, id: string) => store.put([recordOf(id, 10)]);
  const { following, pauses, reads } = openWorld(async (pause, store) => {
    if (pause === 6) await put(store, "F.0");
    if (pause === 8) await put(store, "F");
  });
  const told: string[] = [];
  for await (const event of following.events()) told.push(said(event));
  expect(told).toEqual(["started F.0", "succeeded F.0", "started F", "succeeded F"]);
  expect(pauses).toEqual([250, 500, 1000, 2000, 2000, 2000, 250, 500]);
  expect(reads.whole).toEqual(["F.0", "F"]); // each outcome is read once, however often the states are
});

test("reads take a tenth of the time at most", async () => {
  const { following, pauses, reads } = openWorld(async (pause, store) =>
    pause === 3 ? store.put([recordOf("F", 10)]) : undefined,
  );
  reads.perReadMs = 1000;
  for await (const _ of following.events());
  expect(pauses).toEqual([9000, 9000, 9000]);
});

test("what was pushed is read at once", async () => {
  const { following, memory, pauses } = openWorld(async (pause) => {
    if (pause !== 1) return;
    await memory.put([recordOf("F", 10)]);
    following.lookNow();
  });
  const told: string[] = [];
  for await (const event of following.events()) told.push(said(event));
  expect(told).toEqual(["started F", "succeeded F"]);
  expect(pauses).toHaveLength(1);
});

test("of more news than are held the store is read, so that the end is not lost", async () => {
  const { following, memory, pauses } = openWorld(async (pause) => {
    if (pause !== 1) return;
    const records = [...Array.from({ length: 1000 }, (_, i) => recordOf(`F.${i}`, 10)), recordOf("F", 20)];
    await memory.put(records);
    following.learn(records);
  }, true);
  let ends = 0;
  for await (const { type } of following.events()) if (type === "succeeded") ends += 1;
  expect(ends).toBe(1001);
  expect(pauses).toHaveLength(1);
});

test("nothing is read while the consumer has not taken what there is", async () => {
  const { following, memory, reads } = openWorld(async () => {});
  await memory.put([recordOf("F.0", 10), recordOf("F.1", 20), recordOf("F", 30)]);
  const events = following.events();
  expect(said((await events.next()).value)).toBe("started F.0");
  expect(said((await events.next()).value)).toBe("succeeded F.0");
  expect(reads.states).toBe(1);
  await events.return(undefined);
  expect(reads.states).toBe(1);
});

test("ends are in the order of their times, and the flow's last one is behind all others", async () => {
  const { following, memory } = openWorld(async () => {});
  const members = Array.from({ length: 1200 }, (_, i) => recordOf(`F.${i}`, 5000 - i));
  await memory.put([recordOf("F", 1), ...members]);
  const ends: string[] = [];
  for await (const event of following.events()) if (event.type === "succeeded") ends.push(event.id);
  expect(ends.slice(0, 3)).toEqual(["F.499", "F.498", "F.497"]);
  expect(ends).toHaveLength(1201);
  expect(ends.at(-1)).toBe("F");
});
