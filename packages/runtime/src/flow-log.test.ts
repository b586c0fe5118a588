import { EventEmitter, once } from "node:events";
import type { FlowStore, StoredFlow } from "@umbel/core";
import { BrokerUnavailable, StoreUnavailable } from "@umbel/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { systemEnvironment } from "./environment.ts";
import type { UmbelEvent } from "./events.ts";
import { onEvent } from "./events.ts";
import { MemoryServer } from "./memory/server.ts";
import { MemoryFlows } from "./memory/flows.ts";
import { MemoryJoins } from "./memory/joins.ts";
import { MemoryPlans } from "./memory/plans.ts";
import { MemoryResults } from "./memory/results.ts";
import type { UmbelOptions } from "./umbel.ts";
import { Umbel } from "./umbel.ts";

const clock = { now: (): number => 1000 };

function appWith(flows: FlowStore, options: UmbelOptions = {}) {
  const environment = { ...systemEnvironment(), ...clock, flowId: () => "F" };
  const [results, joins, plans] = [new MemoryResults(clock), new MemoryJoins(clock), new MemoryPlans(clock)];
  const app = new Umbel("log", {
    backend: { results, joins, plans, flows },
    environment,
    flowExpiresMs: 500,
    ...options,
    ...options,
  });
  onTestFinished(() => app.close());
  return { app, add: app.task("add", (x: number, y: number) => x + y) };
}

test("a flow is there as it was sent, once it is published", async () => {
  const flows = new MemoryFlows(clock);
  const { add } = appWith(flows);
  await add.s(1).pipe(add.s(2)).apply(3).published;
  expect(await flows.load("F")).toMatchObject({
    id: "F",
    plan: { kind: "chain", steps: [{ id: "F.0", args: [1] }, { id: "F" }] },
    input: [3],
    replyTo: expect.any(String),
    app: "log",
    sentAtMs: 1000,
    expiresAtMs: 1500,
  } satisfies Partial<Record<keyof StoredFlow, unknown>>);
});

test("one task is not written down, unless something hangs on it", async () => {
  const flows = new MemoryFlows(clock);
  const { add } = appWith(flows);
  await add.s(1, 2).apply().published;
  expect(await flows.load("F")).toBeNull();
  await add.s(1, 2).link(add.s(3)).apply().published;
  expect(await flows.load("F")).toMatchObject({ plan: { kind: "task", callbacks: [{ kind: "task" }] } });
});

test("a flow is published when it is written down, too, and is written while it is published", async () => {
  const flows = new MemoryFlows(clock);
  const gate = new EventEmitter();
  const [asked, written] = [once(gate, "asked"), once(gate, "written")];
  flows.save = async () => {
    gate.emit("asked");
    await written;
  };
  const { add } = appWith(flows);
  let isPublished = false;
  const result = add.s(1).pipe(add.s(2)).apply(3);
  const published = result.published.then(() => (isPublished = true));
  await asked;
  await vi.waitFor(async () => expect(await result.state()).toBe("SUCCESS"));
  expect(isPublished).toBe(false);
  gate.emit("written");
  await published;
  expect(await result.get()).toBe(6);
});

test("a flow that cannot be written down runs and is awaited, and an event tells of it", async () => {
  const flows = new MemoryFlows(clock);
  flows.save = () => Promise.reject(new StoreUnavailable("the store is away"));
  const told: UmbelEvent[] = [];
  onTestFinished(onEvent((event) => told.push(event), ["flow.unsaved"]));
  const { add } = appWith(flows);
  const result = add.s(1).pipe(add.s(2)).apply(3);
  await result.published;
  expect(await result.get()).toBe(6);
  expect(told).toEqual([
    { type: "flow.unsaved", app: "log", id: "F", error: "StoreUnavailable: the store is away" },
  ]);
});

test("a flow that cannot be published is refused, though it may be written down", async () => {
  const flows = new MemoryFlows(clock);
  const broker = new MemoryServer().connect();
  broker.publish = () => Promise.reject(new BrokerUnavailable("the broker is away"));
  const { add } = appWith(flows, { broker });
  const result = add.s(1, 1).pipe(add.s(2)).apply();
  await expect(result.published).rejects.toThrow(BrokerUnavailable);
  expect(await flows.load("F")).not.toBeNull();
});
