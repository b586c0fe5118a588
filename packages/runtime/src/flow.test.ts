import { EventEmitter, once } from "node:events";
import type { AsyncResult, FlowEvent, FlowNode, FlowTree, Task } from "@umbel/core";
import { FlowNotFound, InvalidOption } from "@umbel/core";
import { chain, chord, each, group } from "@umbel/canvas";
import { describe, expect, onTestFinished, test } from "vitest";
import { Umbel } from "./umbel.ts";

/** What a task adds to its group: itself again, or a call that waits at the gate. */
type Added = number | "wait" | { readonly value: number; readonly adds: readonly Added[] };

function openWorld() {
  const app = new Umbel("shop");
  onTestFinished(() => app.close());
  const gate = new EventEmitter();
  const opened = once(gate, "open");
  const bind = { bind: true } as const;
  const wait = app.task("wait", bind, async (_, x: number) => {
    await opened;
    return x;
  });
  const adds: Task<[value: number, more: readonly Added[]], number> = app.task(
    "adds",
    bind,
    (context, value: number, more: readonly Added[]) => {
      for (const added of more) {
        if (added === "wait") context.addToChord(wait.s(value));
        else if (typeof added === "number") context.addToChord(adds.s(added, []));
        else context.addToChord(adds.s(added.value, added.adds));
      }
      return value;
    },
  );
  const add = app.task("add", (x: number, y: number) => x + y);
  const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
  return {
    app,
    adds,
    wait,
    list: app.task("list", (xs: readonly unknown[]) => JSON.stringify(xs)),
    /** Lets what waits at the gate go on. */
    open: () => gate.emit("open"),
    add,
    sum,
    /** Has its place taken by a chord; without members, by one call. */
    spread: app.task("spread", bind, (context, n: number) => {
      const members = Array.from({ length: n }, (_, i) => add.s(i, 1));
      return context.replace(n === 0 ? add.s(0, 0) : chord(members, sum.s()));
    }),
    range: app.task("range", (n: number) => Array.from({ length: n }, (_, i) => i)),
    log: app.task("log", (what: unknown) => String(what)),
    boom: app.task("boom", (why: string): number => {
      throw new RangeError(why);
    }),
  };
}

async function ended<Out>(result: AsyncResult<Out>): Promise<AsyncResult<Out>> {
  await result.get().catch(() => {});
  return result;
}

/** A tree as nested text: what each node is, and its state. */
function outline(node: FlowNode): unknown {
  const { state } = node;
  if (node.kind === "chain") return { chain: node.steps.map(outline), state };
  if (node.kind === "group") return { [node.isEach ? "each" : "group"]: node.members.map(outline), state };
  const links = node.links.map(({ on, root }) => ({ on, root: outline(root) }));
  return links.length > 0 ? { task: `${node.name} ${state}`, links } : `${node.name} ${state}`;
}

async function eventsIn(events: AsyncIterable<FlowEvent>): Promise<readonly string[]> {
  const told: string[] = [];
  for await (const { type, task, id } of events) told.push(`${type} ${task} ${id.replace(/^[^.+]*/, "F")}`);
  return told;
}

describe("the tree of a flow", () => {
  test("has names, ids, states, times, results and errors", async () => {
    const { app, add, sum } = openWorld();
    const { flow } = await ended(
      chord([add.s(1, 1), add.s(2, 2)], sum.s())
        .pipe(add.s(5))
        .apply(),
    );
    const tree: FlowTree = await app.flow(flow).tree();
    expect(tree).toMatchObject({ id: flow, app: "shop", sentAtMs: expect.any(Number), missing: [] });
    expect(outline(tree.root)).toEqual({
      chain: [{ group: ["add SUCCESS", "add SUCCESS"], state: "SUCCESS" }, "sum SUCCESS", "add SUCCESS"],
      state: "SUCCESS",
    });
    const [header, body] = (tree.root as Extract<FlowNode, { kind: "chain" }>).steps;
    expect(header).toMatchObject({ kind: "group", policy: "all", keys: null, isEach: false });
    expect(body).toMatchObject({
      kind: "task",
      id: `${flow}.1`,
      value: 6,
      failure: null,
      isSkipped: false,
      worker: "shop",
      retries: 0,
    });
    for (const { startedAtMs, doneAtMs, durationMs } of [tree.root, header, body] as FlowNode[]) {
      expect(startedAtMs).toBeGreaterThanOrEqual(tree.sentAtMs ?? Infinity);
      expect(durationMs).toBe((doneAtMs ?? 0) - (startedAtMs ?? 0));
    }
  });

  test("of a flow that failed says what failed, and what was skipped since", async () => {
    const { app, add, boom, sum } = openWorld();
    const { flow } = await ended(chord([add.s(1, 1), boom.s("no")], sum.s()).apply());
    const { root } = await app.flow(flow).tree();
    expect(outline(root)).toEqual({
      chain: [{ group: ["add SUCCESS", "boom FAILURE"], state: "FAILURE" }, "sum FAILURE"],
      state: "FAILURE",
    });
    const [header, body] = (root as Extract<FlowNode, { kind: "chain" }>).steps as [
      Extract<FlowNode, { kind: "group" }>,
      FlowNode,
    ];
    expect(header.members[1]).toMatchObject({
      value: undefined,
      failure: { name: "RangeError", message: "no" },
    });
    expect(body).toMatchObject({
      isSkipped: true,
      startedAtMs: null,
      durationMs: null,
      failure: { task: "boom" },
    });
  });

  test("has what has not begun as PENDING, while it runs", async () => {
    const { app, add, wait, open } = openWorld();
    const result = chain(add.s(1, 1), wait.s(), add.s(1)).apply();
    const events = result.events();
    const awaited = new Set(["succeeded add", "started wait"]);
    for await (const { type, task } of events)
      if (awaited.delete(`${type} ${task}`) && awaited.size === 0) break;
    const flow = app.flow(result.flow);
    expect(await flow.state()).toBe("STARTED");
    expect(outline((await flow.tree()).root)).toMatchObject({
      chain: ["add SUCCESS", expect.anything(), "add PENDING"],
    });
    expect(await flow.draw()).toBe(
      "chain\n├─ add(1, 1) · SUCCESS\n├─ wait(…) · PENDING\n└─ add(…, 1) · PENDING",
    );
    open();
    expect(await flow.result().get()).toBe(3);
    expect(await flow.state()).toBe("SUCCESS");
  });

  test("has what members added behind them, in the order of the body's list", async () => {
    const { app, add, list, adds } = openWorld();
    const inner = chain(add.s(1, 1), adds.s([{ value: 3, adds: [4] }, 5]));
    const result = chord([inner, adds.s(1, [2])], list.s()).apply();
    expect(await result.get()).toBe("[2,1,3,4,5,2]");
    const { root } = await app.flow(result.flow).tree();
    const [header] = (root as Extract<FlowNode, { kind: "chain" }>).steps;
    expect(outline(root)).toEqual({
      chain: [
        {
          group: [
            { chain: ["add SUCCESS", "adds SUCCESS"], state: "SUCCESS" },
            ...["adds SUCCESS", "adds SUCCESS", "adds SUCCESS", "adds SUCCESS", "adds SUCCESS"],
          ],
          state: "SUCCESS",
        },
        "list SUCCESS",
      ],
      state: "SUCCESS",
    });
    const { members } = header as Extract<FlowNode, { kind: "group" }>;
    expect(
      members.map((node) => (node.kind === "task" ? node.value : node.id.replace(/^[^.]+/, "F"))),
    ).toEqual([...["F.0.0", 1, 3, 4, 5, 2]]);
    expect(await app.flow(result.flow).state()).toBe("SUCCESS");
  });

  test("draws what was added as it was called: nothing comes to it", async () => {
    const { app, add, list, adds } = openWorld();
    const members = group([adds.s([2, { value: 3, adds: [] }]), add.s(1)]);
    const result = add.s(1, 1).pipe(members).pipe(list.s()).apply();
    expect(await result.get()).toBe("[2,3,2,3]");
    expect(await app.flow(result.flow).draw()).toBe(
      [
        ...["chain", "├─ add(1, 1) · SUCCESS", "├─ group"],
        ...['│  ├─ adds(…, [2,{"value":3,"adds":[]}]) · SUCCESS', "│  ├─ add(…, 1) · SUCCESS"],
        ...["│  ├─ adds(2, []) · SUCCESS", "│  └─ adds(3, []) · SUCCESS"],
        "└─ list(…) · SUCCESS",
      ].join("\n"),
    );
  });

  test("is not over while what was added is not", async () => {
    const { app, adds, open } = openWorld();
    const result = group([adds.s(1, ["wait"])], "settled").apply();
    for await (const { type, task } of result.events()) if (type === "started" && task === "wait") break;
    const flow = app.flow(result.flow);
    expect(await flow.state()).toBe("STARTED");
    expect(outline((await flow.tree()).root)).toMatchObject({ group: ["adds SUCCESS", expect.anything()] });
    open();
    expect(await result.get()).toHaveLength(2);
    expect(await flow.state()).toBe("SUCCESS");
  });

  test("has the members that an each came to have, of each of each too", async () => {
    const { app, add, range, sum } = openWorld();
    const inner = range
      .s()
      .pipe(each(add.s(1)))
      .pipe(sum.s());
    const { flow } = await ended(range.s(3).pipe(each(inner)).pipe(sum.s()).apply());
    const { root } = await app.flow(flow).tree();
    const member = (n: number) => ({
      chain: [
        "range SUCCESS",
        { each: Array.from({ length: n }, () => "add SUCCESS"), state: "SUCCESS" },
        "sum SUCCESS",
      ],
      state: "SUCCESS",
    });
    expect(outline(root)).toEqual({
      chain: ["range SUCCESS", { each: [member(0), member(1), member(2)], state: "SUCCESS" }, "sum SUCCESS"],
      state: "SUCCESS",
    });
    expect(await app.flow(flow).draw()).toContain("each\n│  ├─ chain\n│  │  ├─ range(…) · SUCCESS");
    const chunked = await ended(
      range
        .s(5)
        .pipe(each(add.s(1), { size: 2 }))
        .apply(),
    );
    expect(outline((await app.flow(chunked.flow).tree()).root)).toEqual({
      chain: [
        "range SUCCESS",
        { each: Array.from({ length: 3 }, () => "celery.starmap SUCCESS"), state: "SUCCESS" },
      ],
      state: "SUCCESS",
    });
  });

  test("has an each as PENDING before it begins, and its members as soon as it has begun", async () => {
    const { app, range, sum, wait, open } = openWorld();
    const late = wait.s(2).pipe(range.s()).pipe(each(wait.s())).pipe(sum.s()).apply();
    await late.published;
    const shown = async (flow: string) => outline((await app.flow(flow).tree()).root);
    expect(await shown(late.flow)).toEqual({
      chain: ["wait PENDING", "range PENDING", { each: [], state: "PENDING" }, "sum PENDING"],
      state: "PENDING",
    });
    const early = range.s(2).pipe(each(wait.s())).pipe(sum.s()).apply();
    const events = early.events();
    for await (const { type, task } of events) if (type === "started" && task === "wait") break;
    expect(await shown(early.flow)).toEqual({
      chain: ["range SUCCESS", { each: ["wait PENDING", "wait PENDING"], state: "PENDING" }, "sum PENDING"],
      state: "STARTED",
    });
    open();
    expect(await late.get()).toBe(1);
    expect(await early.get()).toBe(1);
  });

  test("has the members of an each in a link", async () => {
    const { app, add, range, sum } = openWorld();
    const side = range
      .s()
      .pipe(each(add.s(1)))
      .pipe(sum.s());
    const { flow } = await ended(add.s(1, 1).link(side).apply());
    await expect
      .poll(() => app.flow(flow).draw())
      .toContain("each\n   │  ├─ add(…, 1) · SUCCESS\n   │  └─ add(…, 1) · SUCCESS");
  });

  test("has the steps that took a task's place beside it, one call as the task", async () => {
    const { app, add, spread } = openWorld();
    const { flow } = await ended(chain(add.s(1, 1)).pipe(spread.s()).pipe(add.s(5)).apply());
    const { root, missing } = await app.flow(flow).tree();
    if (root.kind !== "chain") throw new Error(`it is a ${root.kind}`);
    expect(root.steps.map(outline)).toEqual(["add SUCCESS", "spread SUCCESS", "add SUCCESS"]);
    const [, spreading] = root.steps;
    if (spreading?.kind !== "task") throw new Error("it is no task");
    expect(spreading).toMatchObject({ value: 3, id: `${flow}.1` });
    expect(spreading.replacedBy && outline(spreading.replacedBy)).toEqual({
      chain: [{ group: ["add SUCCESS", "add SUCCESS"], state: "SUCCESS" }, "sum SUCCESS"],
      state: "SUCCESS",
    });
    expect(missing).toEqual([]);
    expect((await app.flow(flow).draw()).split("\n")).toEqual([
      "chain",
      "├─ add(1, 1) · SUCCESS",
      "├─ spread(…) · SUCCESS",
      "│  └┄ replaced by chain",
      "│     ├─ group",
      "│     │  ├─ add(0, 1) · SUCCESS",
      "│     │  └─ add(1, 1) · SUCCESS",
      "│     └─ sum(…) · SUCCESS",
      "└─ add(…, 5) · SUCCESS",
    ]);
    const single = await ended(spread.s(0).apply());
    expect((await app.flow(single.flow).tree()).root).toMatchObject({
      name: "add",
      replacedBy: null,
      value: 0,
    });
    const call = await ended(spread.s(1).apply());
    expect((await app.flow(call.flow).tree()).root).toMatchObject({
      name: "unknown",
      replacedBy: { kind: "chain" },
      value: 1,
    });
    expect(await app.flow(call.flow).state()).toBe("SUCCESS");
  });

  test("has links as side branches", async () => {
    const { app, add, log } = openWorld();
    const result = await ended(add.s(1, 1).link(log.s()).linkError(log.s()).apply());
    const flow = app.flow(result.flow);
    await expect
      .poll(async () => outline((await flow.tree()).root))
      .toEqual({
        task: "add SUCCESS",
        links: [
          { on: "success", root: "log SUCCESS" },
          { on: "failure", root: "log PENDING" },
        ],
      });
  });

  test.each([
    ["settled", "SUCCESS"],
    ["any", "SUCCESS"],
    ["all", "FAILURE"],
    [{ quorum: 1 }, "SUCCESS"],
  ] as const)("has a group of the policy %j as it was decided: %s", async (policy, state) => {
    const { app, add, boom } = openWorld();
    const result = await ended(group([add.s(1, 1), boom.s("no")], policy).apply() as AsyncResult<unknown>);
    const { root } = await app.flow(result.flow).tree();
    expect(root).toMatchObject({ kind: "group", state, policy });
    expect(await app.flow(result.flow).state()).toBe(state);
  });

  test("of a single call is that call, once it has ended", async () => {
    const { app, add, wait, open } = openWorld();
    const pending = wait.s(1).apply();
    await pending.published;
    await expect(app.flow(pending.flow).tree()).rejects.toMatchObject({ code: "FLOW_NOT_FOUND" });
    open();
    expect(await app.flow<number>(pending.flow).result().get()).toBe(1);
    const { flow } = await ended(add.s(1, 2).apply());
    expect(await app.flow(flow).tree()).toMatchObject({
      app: null,
      sentAtMs: null,
      root: { kind: "task", name: "add", value: 3 },
      missing: [],
    });
    expect(await app.flow(flow).draw()).toBe("add(1, 2) · SUCCESS");
  });

  test("of an id that nobody knows is an error that says what to look at", async () => {
    const { app } = openWorld();
    const flow = app.flow("nobody");
    for (const ask of [() => flow.tree(), () => flow.draw(), () => flow.state()]) {
      await expect(ask()).rejects.toThrow(FlowNotFound);
      await expect(ask()).rejects.toThrow(/"nobody" where the app "shop".*result\.flow/);
    }
    await expect(flow.result().get({ timeoutMs: 10 })).rejects.toMatchObject({ code: "RESULT_TIMEOUT" });
  });

  test("of a flow that ends in a group is asked for by `flow`, not by the id of its result", async () => {
    const { app, add } = openWorld();
    const result = await ended(chain(add.s(1, 1), group([add.s(1), add.s(2)])).apply());
    expect(result.id).toBe(`${result.flow}.1`);
    expect(await app.flow(result.flow).result().get()).toEqual([3, 4]);
    const part = await app.flow(result.id).tree();
    expect(part.missing).toEqual([expect.stringContaining("the id of a part of it")]);
    expect(outline(part.root)).toEqual({ group: ["add SUCCESS", "add SUCCESS"], state: "SUCCESS" });
  });

  test("is drawn in no format that there is not", async () => {
    const { app, add } = openWorld();
    const { flow } = await ended(add.s(1, 2).apply());
    await expect(app.flow(flow).draw("svg" as "dot")).rejects.toThrow(InvalidOption);
  });
});

describe("the events of a flow", () => {
  test("tell of each start and each end, in the order in which they happen", async () => {
    const { add, sum } = openWorld();
    const events = await eventsIn(
      chord([add.s(1, 1), add.s(2, 2)], sum.s())
        .apply()
        .events(),
    );
    expect(events.toSorted()).toEqual(
      [
        "started add F.0.0",
        "started add F.0.1",
        "started sum F",
        "succeeded add F.0.0",
        "succeeded add F.0.1",
        "succeeded sum F",
      ].toSorted(),
    );
    expect(events.slice(-2)).toEqual(["started sum F", "succeeded sum F"]);
  });

  test("tell of what failed and of what was skipped, and end then", async () => {
    const { app, add, boom } = openWorld();
    const result = chain(boom.s("no"), add.s(1)).apply();
    const told = await eventsIn(result.events());
    expect(told).toEqual(["started boom F.0", "failed boom F.0", "failed add F"]);
    expect(await eventsIn(app.flow(result.flow).events())).toEqual(told);
  });

  test("tell a late listener everything, once", async () => {
    const { app, add, range, sum } = openWorld();
    const { flow } = await ended(
      range
        .s(50)
        .pipe(each(add.s(1)))
        .pipe(sum.s())
        .apply(),
    );
    const told = await eventsIn(app.flow(flow).events());
    expect(told).toHaveLength(2 * 52);
    expect(new Set(told).size).toBe(2 * 52);
  });

  test("tell a slow listener every end once, however many there are meanwhile", async () => {
    const { range, add, sum } = openWorld();
    const result = range
      .s(3000)
      .pipe(each(add.s(1)))
      .pipe(sum.s())
      .apply();
    const ends: string[] = [];
    for await (const { type, id } of result.events()) {
      if (ends.length === 0) await result.get();
      if (type === "succeeded") ends.push(id);
    }
    expect(ends).toHaveLength(3002);
    expect(new Set(ends).size).toBe(3002);
  });

  test("end when the listener stops, also while it waits", async () => {
    const { wait, open } = openWorld();
    const result = wait.s(1).apply();
    const events = result.events();
    expect((await events.next()).value).toMatchObject({ type: "started" });
    const waiting = events.next();
    await events.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    open();
  });

  test("end with the signal's reason", async () => {
    const { wait, open } = openWorld();
    const controller = new AbortController();
    const events = wait.s(1).apply().events({ signal: controller.signal });
    await events.next();
    controller.abort(new Error("enough"));
    await expect(events.next()).rejects.toThrow("enough");
    open();
  });

  test("end with AppClosed when the app is closed", async () => {
    const { app, add } = openWorld();
    const events = add.s(1, 2).set({ countdownMs: 3_600_000 }).apply().events();
    const waiting = expect(events.next()).rejects.toMatchObject({ code: "APP_CLOSED" });
    await app.close();
    await waiting;
  });

  test("of a flow without a call are none", async () => {
    expect(await eventsIn(group([]).apply().events())).toEqual([]);
  });
});
