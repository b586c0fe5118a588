import type { OutcomeRecord, ResultStore, StoredTask } from "@umbel/core";
import { expect, test } from "vitest";
import type { Environment } from "./environment.ts";
import { MemoryServer } from "./memory/server.ts";
import { ReplyQueue } from "./reply-queue.ts";

/** A store that has what it is told of, and says where each read of it began. */
function storeWith(stored: Set<string>): { readonly reads: number[]; readonly results: ResultStore } {
  const reads: number[] = [];
  const find = async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredTask>> => {
    reads.push(Number(ids[0]?.split(".")[1]));
    const found = ids.filter((id) => stored.has(id));
    return new Map(found.map((id) => [id, { state: "SUCCESS", record: { id } as OutcomeRecord }]));
  };
  return { reads, results: { find } as unknown as ResultStore };
}

test("of many that are waited for a part is read at a time, and more where that finds something", async () => {
  const ids = Array.from({ length: 5000 }, (_, i) => `g.${i}`);
  const stored = new Set<string>();
  const { reads, results } = storeWith(stored);
  let ticks = 0;
  const doze = async (): Promise<void> => {
    ticks += 1;
    if (ticks === 4) for (const id of ids.slice(2000, 4000)) stored.add(id); // as foreign workers do, unheard
    if (ticks === 8) for (const id of ids) stored.add(id);
  };
  const replies = new ReplyQueue(new MemoryServer().connect(), results, { doze } as unknown as Environment);
  const waiting = { signal: undefined, isExpected: true, published: Promise.resolve() };
  const records = await replies.waitForAll(ids, waiting);
  await replies.close();
  expect(records.map(({ id }) => id)).toEqual(ids);
  const [first, second, third, fourth, fifth] = reads;
  expect([first, second]).toEqual([0, 1000]); // the first two ticks that read find nothing, and read no more
  expect([third, fourth, fifth]).toEqual([2000, 3000, 4000]); // what is found is followed by more
});
