import type { Claimant, Counted, Join, JoinStore, MemberArrival, StoredJoin } from "@umbel/core";
import { documentsOf } from "@umbel/core";
import { randomUUID } from "node:crypto";
import { expect } from "vitest";

/** A store under test. */
export interface JoinWorld {
  /** Its clients, opened; they share their joins. */
  readonly clients: readonly [JoinStore, ...JoinStore[]];
  close(): Promise<void>;
}

/** What only some stores can be asked for. */
export interface JoinStoreExtras<World extends JoinWorld> {
  /** Lets time pass, where the store has a clock that a test can set. */
  readonly pass?: (world: World, ms: number) => void;
  /** A store whose server cannot be reached. */
  readonly unreachable?: () => JoinStore;
}

/** The stores that a part of the contract is tested on; they are there when a test runs. */
export interface JoinsUnderTest<World extends JoinWorld = JoinWorld> {
  readonly world: World;
  readonly store: JoinStore;
  /** Another client of it. */
  readonly other: JoinStore;
  /** A join of this size, registered. */
  registered(size: number, said?: Partial<Join>): Promise<Join>;
}

/** Who asks for the first turn of a body, or a later one. */
export function claimant(nonce: string, turn = 0): Claimant {
  return { nonce, turn };
}

/** What arrivals saw, without the join that they may bring along. */
export function countOf(counted: Counted | null): Omit<Counted, "join"> | null {
  if (counted === null) return null;
  const { join: _broughtAlong, ...count } = counted;
  return count;
}

export async function expectDocuments(store: JoinStore, { id, size }: Join): Promise<void> {
  const documents = documentsOf(id, size);
  const counts = await Promise.all(documents.map((document) => store.arrive(document.id, [])));
  expect(counts.map((count) => count?.size)).toEqual(documents.map((document) => document.size));
}

export function joinOf(size: number, said: Partial<Join> = {}): Join {
  return {
    id: randomUUID(),
    size,
    next: continuationOf([]),
    flow: "flow",
    replyTo: null,
    members: null,
    ...said,
  };
}

/** The join as it is stored at first. */
export function untouched(join: Join): StoredJoin {
  return { ...join, count: 0, failed: 0, claim: null, mark: null, decision: null };
}

export function continuationOf(args: readonly unknown[]): Join["next"] {
  const step = { kind: "task", id: "flow.1", task: "sum", args, kwargs: {}, options: {} };
  return { steps: [step], join: null } as unknown as Join["next"];
}

export function clientAt(world: JoinWorld, i: number): JoinStore {
  return world.clients[i % world.clients.length] ?? world.clients[0];
}

export function ok(index: number): MemberArrival {
  return { index, ok: true };
}

export function failed(index: number): MemberArrival {
  return { index, ok: false };
}
