import { chain, chord, each, group } from "@umbel/canvas";
import type { AsyncResult, FlowEvent, FlowNode } from "@umbel/runtime";
import { expect, test } from "vitest";
import { umbel } from "../support/child.ts";
import { Distributed } from "../support/distributed.ts";
import type { DistributedApp } from "../support/distributed-app.ts";
import { distributedApp } from "../support/distributed-app.ts";
import { join } from "node:path";
import { ROOT } from "../support/folder.ts";
import { describeWith } from "../support/services.ts";

/** An app that has sent nothing, beside the one that did; it closes with its test. */
class Onlooker implements AsyncDisposable {
  readonly app: DistributedApp["app"];

  constructor({ broker, backend, queue, journal }: Distributed) {
    ({ app: this.app } = distributedApp({ broker, backend, queue, journal }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.app.close();
  }
}

const SOON = { timeoutMs: 20_000 };

async function ended(result: AsyncResult<unknown>): Promise<string> {
  await result.get(SOON).catch(() => {});
  return result.flow;
}

function tasksIn(node: FlowNode): readonly Extract<FlowNode, { kind: "task" }>[] {
  if (node.kind === "task") return [node, ...node.links.flatMap(({ root }) => tasksIn(root))];
  return (node.kind === "chain" ? node.steps : node.members).flatMap(tasksIn);
}

async function collect(events: AsyncIterable<FlowEvent>): Promise<readonly FlowEvent[]> {
  const told: FlowEvent[] = [];
  for await (const event of events) told.push(event);
  return told;
}

describeWith(["amqp", "mongo"], "a flow of another process, through RabbitMQ and MongoDB", (found) => {
  test("is seen while it runs, and its result is had", async () => {
    await using world = await Distributed.open(found);
    await using onlooker = new Onlooker(world);
    const { add, slow, total } = world.client;
    await world.startWorker();
    await world.startWorker();
    const result = chord([add.s(1, 1), slow.s(2, 5000)], total.s(0)).apply();
    await world.untilBegan("slow", 1);
    const flow = onlooker.app.flow<number>(result.flow);
    await expect
      .poll(() => flow.draw(), { timeout: 4500 })
      .toBe(
        "chain\n├─ group\n│  ├─ add(1, 1) · SUCCESS\n│  └─ slow(2, 5000) · PENDING\n└─ total(…, 0) · PENDING",
      );
    expect(await flow.state()).toBe("STARTED");
    expect(await flow.result().get(SOON)).toBe(4);
    const { root, app } = await flow.tree();
    expect(app).toBe("distributed");
    expect(tasksIn(root).map(({ name, state, value }) => [name, state, value])).toEqual([
      ["add", "SUCCESS", 2],
      ["slow", "SUCCESS", 2],
      ["total", "SUCCESS", 4],
    ]);
    expect(tasksIn(root)[1]?.durationMs).toBeGreaterThan(4500);
    expect(tasksIn(root)[1]?.worker).toMatch(/-\d+$/);
  });

  test("is seen after it failed, and drawn by the command", async () => {
    await using world = await Distributed.open(found);
    await using onlooker = new Onlooker(world);
    const { add, boom, sum } = world.client;
    await world.startWorker();
    const id = await ended(
      chord([add.s(1, 1), boom.s("no luck")], sum.s())
        .pipe(add.s(1))
        .apply(),
    );
    const flow = onlooker.app.flow(id);
    const { root } = await flow.tree();
    expect(root.state).toBe("FAILURE");
    expect(tasksIn(root).map(({ state, isSkipped }) => [state, isSkipped])).toEqual([
      ["SUCCESS", false],
      ["FAILURE", false],
      ["FAILURE", true],
      ["FAILURE", true],
    ]);
    await expect(flow.result().get(SOON)).rejects.toMatchObject({ task: "boom", errorMessage: "no luck" });
    const environment = {
      UMBEL_BROKER: world.broker,
      UMBEL_BACKEND: world.backend,
      TEST_QUEUE: world.queue,
      TEST_JOURNAL: world.journal,
    };
    const module = join(ROOT, "test/support/distributed-worker.ts");
    await using command = umbel(["flow", id, "-A", module], { environment });
    expect(await command.ended).toEqual({ code: 0, signal: null });
    expect(command.lines.join("\n")).toBe(await flow.draw());
    await using unknown = umbel(["flow", "nobody", "-A", module], { environment });
    expect(await unknown.ended).toEqual({ code: 1, signal: null });
    expect(unknown.lines).toEqual([expect.stringMatching(/^error: nothing is stored of a flow "nobody"/)]);
  });

  test("has the pages of a long chain, and says which are gone", async () => {
    await using world = await Distributed.open(found);
    await using onlooker = new Onlooker(world);
    const { add } = world.client;
    await world.startWorker();
    const steps = Array.from({ length: 400 }, () => add.s(1));
    const id = await ended(steps.reduce((flow, step) => flow.pipe(step), add.s(0, 0)).apply());
    const flow = onlooker.app.flow<number>(id);
    const { root, missing } = await flow.tree();
    expect(missing).toEqual([]);
    expect(root).toMatchObject({ kind: "chain", state: "SUCCESS" });
    expect(tasksIn(root).map(({ value }) => value)).toEqual(Array.from({ length: 401 }, (_, i) => i));
    expect(await flow.result().get(SOON)).toBe(400);
    const events = await collect(flow.events());
    expect(events.filter(({ type }) => type === "succeeded")).toHaveLength(401);

    const plans = world.db.collection<{ _id: string }>("umbel_plans");
    const pages = await plans.find().sort({ _id: 1 }).toArray();
    expect(pages.length).toBeGreaterThan(2);
    await plans.deleteOne({ _id: pages[2]?._id ?? "" });
    const torn = await flow.tree();
    expect(torn.missing).toEqual([expect.stringMatching(/^the page .* of the plan is gone: its \d+ tasks/)]);
    expect(tasksIn(torn.root).map(({ name, state }) => `${name} ${state}`)).toEqual(
      Array.from({ length: 401 }, () => "add SUCCESS"),
    );
  });

  test("has the members that an each came to have, a large group, and links", async () => {
    await using world = await Distributed.open(found);
    await using onlooker = new Onlooker(world);
    const { add, range, sum } = world.client;
    await world.startWorker();
    await world.startWorker();
    const spread = await ended(
      range
        .s(30)
        .pipe(each(add.s(1)))
        .pipe(sum.s())
        .apply(),
    );
    const tree = await onlooker.app.flow(spread).tree();
    expect(
      tasksIn(tree.root)
        .map(({ value }) => value)
        .slice(1),
    ).toEqual([...Array.from({ length: 30 }, (_, i) => i + 1), 465]);
    await world.db.collection("umbel_joins").deleteMany({});
    expect(await onlooker.app.flow(spread).tree()).toEqual(tree);

    const large = await ended(group(Array.from({ length: 1500 }, (_, i) => add.s(i, i))).apply());
    const members = await onlooker.app.flow(large).tree();
    expect(members.root).toMatchObject({ kind: "group", state: "SUCCESS" });
    expect(tasksIn(members.root)).toHaveLength(1500);

    const linked = await ended(add.s(1, 1).link(add.s(5)).apply());
    await expect
      .poll(() => onlooker.app.flow(linked).draw(), { timeout: 10_000 })
      .toBe("add(1, 1) · SUCCESS\n└┄ then add(…, 5) · SUCCESS");
  });

  test("is followed as it happens, each end once, also by who did not send it", async () => {
    await using world = await Distributed.open(found);
    await using onlooker = new Onlooker(world);
    const { add, slow, sum, total } = world.client;
    await world.startWorker();
    await world.startWorker();
    const members = Array.from({ length: 20 }, (_, i) => slow.s(i, 20 * i));
    const result = chain(chord(members, sum.s()), add.s(1)).apply();
    await result.published;
    const [own, other] = await Promise.all([
      collect(result.events()),
      collect(onlooker.app.flow(result.flow).events()),
    ]);
    for (const events of [own, other]) {
      const ends = events.filter(({ type }) => type === "succeeded").map(({ id }) => id);
      expect(new Set(ends).size).toBe(22);
      expect(ends).toHaveLength(22);
      expect(events.filter(({ type }) => type === "started")).toHaveLength(22);
      expect(events.at(-1)).toMatchObject({ type: "succeeded", task: "add", id: result.flow });
    }
    const failing = chain(world.client.boom.s("no"), total.s(0) as never).apply() as AsyncResult<unknown>;
    const failed = await collect(failing.events());
    expect(failed.map(({ type, task }) => `${type} ${task}`)).toEqual([
      "started boom",
      "failed boom",
      "failed total",
    ]);
  });

  test("a single call is found when it has ended", async () => {
    await using world = await Distributed.open(found);
    await using onlooker = new Onlooker(world);
    const { add } = world.client;
    const result = add.s(1, 2).apply();
    await result.published;
    const flow = onlooker.app.flow<number>(result.flow);
    await expect(flow.tree()).rejects.toMatchObject({ code: "FLOW_NOT_FOUND" });
    await world.startWorker();
    expect(await flow.result().get(SOON)).toBe(3);
    expect(await flow.tree()).toMatchObject({ app: null, root: { kind: "task", name: "add", value: 3 } });
    expect(await world.db.collection("umbel_flows").countDocuments()).toBe(0);
  });
});
