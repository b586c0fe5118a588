import { AppClosed, InvalidFlow, Umbel, onEvent } from "@umbel/runtime";
import type { UmbelEvent } from "@umbel/runtime";
import { group } from "@umbel/canvas";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeFromSource } from "../support/child.ts";
import { openProject } from "../support/folder.ts";
import { describeWith } from "../support/services.ts";

/** Imports a package and prints what that changed in the process. */
const IMPORTING = `
  const state = () => ({
    resources: process.getActiveResourcesInfo().toSorted(),
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    globals: Reflect.ownKeys(globalThis).map(String),
  });
  const before = JSON.stringify(state());
  const exports = await import(process.argv[2]);
  await new Promise((resolve) => setImmediate(resolve));
  const after = JSON.stringify(state());
  console.log(Object.keys(exports).length > 0 ? "imported" : "empty");
  console.log(before === after ? "nothing changed" : before + " became " + after);
`;

describe("importing a package", () => {
  test.each(["core", "canvas", "runtime", "backend-mongo"])(
    "@umbel/%s opens nothing, listens to nothing and defines no global",
    async (name) => {
      await using folder = await openProject({ "main.ts": IMPORTING });
      await using child = nodeFromSource(["main.ts", `@umbel/${name}`], { folder: folder.path });
      expect(await child.ended).toEqual({ code: 0, signal: null });
      expect(child.lines).toEqual(["imported", "nothing changed"]);
    },
  );
});

const HEADER = `
  import { Umbel } from "@umbel/runtime";
  const options = { broker: process.env.UMBEL_BROKER, backend: process.env.UMBEL_BACKEND };
  const newApp = () => new Umbel("proj", options);
`;

const PROGRAMS = {
  "after close()": `
    const app = newApp();
    console.log(await app.task("add", (x: number, y: number) => x + y).s(2, 3).apply().get());
    await app.close();`,
  "after await using": `
    {
      await using app = newApp();
      console.log(await app.task("add", (x: number, y: number) => x + y).s(2, 3).apply().get());
    }`,
  "after a failed flow and close()": `
    const app = newApp();
    const fail = app.task("fail", () => { throw new Error("no") });
    await fail.s().apply().get().catch(() => console.log(5));
    await app.close();`,
  "after an app that was never used": `
    const app = newApp();
    app.task("add", (x: number, y: number) => x + y);
    await app.close();
    console.log(5);`,
  "in memory without close()": `
    const app = newApp();
    console.log(await app.task("add", (x: number, y: number) => x + y).s(2, 3).apply().get());`,
};

describe("the process exits by itself", () => {
  test.each(Object.entries(PROGRAMS))("%s", async (_, program) => {
    await using folder = await openProject({ "main.ts": HEADER + program });
    await using child = nodeFromSource(["main.ts"], { folder: folder.path });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual(["5"]);
  });

  test("with an error that nobody caught, as such", async () => {
    const program = `
      const app = newApp();
      const fail = app.task("fail", () => { throw new Error("the reason") });
      await fail.s().apply().get();`;
    await using folder = await openProject({ "main.ts": HEADER + program });
    await using child = nodeFromSource(["main.ts"], { folder: folder.path });
    expect(await child.ended).toEqual({ code: 1, signal: null });
    expect(child.lines.join("\n")).toContain("the reason");
  });
});

describeWith(["amqp", "mongo"], "the process exits by itself, connected,", ({ amqp, mongo }) => {
  const program = `
    import { Umbel } from "@umbel/runtime";
    const { UMBEL_BROKER: broker, UMBEL_BACKEND: backend, QUEUE: queue } = process.env;
    const app = new Umbel("proj", { broker, backend, queue });
    const add = app.task("add", (x: number, y: number) => x + y);
    const fail = app.task("fail", () => { throw new Error("no") });
    const worker = await app.worker();
    await worker.start();
    console.log(await add.s(2, 3).apply().get());
    await fail.s().apply().get().catch(() => console.log("failed"));
    await app.close();`;

  test("after close(), with its own worker", async () => {
    await using folder = await openProject({ "main.ts": program });
    const environment = {
      UMBEL_BROKER: amqp.url,
      UMBEL_BACKEND: mongo.url,
      QUEUE: `embedding-${process.pid}`,
    };
    await using child = nodeFromSource(["main.ts"], { folder: folder.path, environment });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual(["5", "failed"]);
  });
});

describe("two apps in one process", () => {
  test("run each their own task of the same name", async () => {
    await using left = new Umbel("left");
    await using right = new Umbel("right");
    const plus = left.task("calculate", (x: number, y: number) => x + y);
    const times = right.task("calculate", (x: number, y: number) => x * y);
    const flows = Array.from({ length: 20 }, () => [plus.s(3, 4).apply(), times.s(3, 4).apply()] as const);
    for (const [sum, product] of flows) expect([await sum.get(), await product.get()]).toEqual([7, 12]);
  });

  test("do not know each other's tasks", async () => {
    await using left = new Umbel("left");
    await using right = new Umbel("right");
    left.task("mine", () => 1);
    await expect(right.task("mine").s().apply().get()).rejects.toMatchObject({
      errorCode: "TASK_NOT_FOUND",
    });
  });

  test("close each for itself", async () => {
    const left = new Umbel("left");
    await using right = new Umbel("right");
    const [one, two] = [left.task("one", () => 1), right.task("two", () => 2)];
    expect([await one.s().apply().get(), await two.s().apply().get()]).toEqual([1, 2]);
    await left.close();
    expect(() => one.s().apply()).toThrow(AppClosed);
    expect(await two.s().apply().get()).toBe(2);
  });

  test("tell their events under their own names", async () => {
    await using left = new Umbel("left");
    await using right = new Umbel("right");
    const events = eventsOf("left", "right");
    await left
      .task("one", () => 1)
      .s()
      .apply()
      .get();
    await right
      .task("two", () => 2)
      .s()
      .apply()
      .get();
    const told = events
      .filter((event) => event.type === "task.succeeded")
      .map(({ app, task }) => [app, task]);
    expect(told).toEqual([
      ["left", "one"],
      ["right", "two"],
    ]);
  });

  test("refuse a flow with steps of both", () => {
    const one = new Umbel("left").task("one", () => 1);
    const two = new Umbel("right").task("two", (x: number) => x);
    expect(() => one.s().pipe(two.s())).toThrow(InvalidFlow);
    expect(() => group([one.s(), two.s(2)])).toThrow('one flow has steps of two apps ("left" and "right")');
  });
});

describe("close()", () => {
  test("gives AppClosed to whoever waits for a result", async () => {
    const app = new Umbel("proj");
    const one = app.task("one", () => 1);
    const later = one.s().set({ countdownMs: 3_600_000 }).apply().get();
    const told = expect(later).rejects.toThrow(AppClosed);
    await one.s().apply().get(); // sent after the other, so that by now that one waits
    await app.close();
    await told;
  });

  test("gives the result to whoever waits for a flow that ends meanwhile", async () => {
    const app = new Umbel("ending");
    let open: (value: number) => void = () => {};
    const gate = new Promise<number>((resolve) => (open = resolve));
    const begun = new Promise((resolve) => onTestFinished(onEvent(resolve, ["task.started"])));
    const waiting = app
      .task("slow", () => gate)
      .s()
      .apply()
      .get();
    await begun;
    const closed = app.close();
    open(7);
    expect(await waiting).toBe(7);
    await closed;
  });

  test("waits for what runs", async () => {
    const app = new Umbel("waiting");
    let open: (value: number) => void = () => {};
    const gate = new Promise<number>((resolve) => (open = resolve));
    const begun = new Promise((resolve) => onTestFinished(onEvent(resolve, ["task.started"])));
    app
      .task("slow", () => gate)
      .s()
      .apply();
    await begun;
    const events = eventsOf("waiting");
    const closed = app.close();
    open(5);
    await closed;
    expect(events.map(({ type }) => type)).toEqual(["worker.draining", "task.succeeded", "worker.stopped"]);
  });

  test("may be called twice, and of an app that was never used", async () => {
    const app = new Umbel("proj");
    await Promise.all([app.close(), app.close()]);
    await app.close();
  });

  test("is what `await using` does, also when the block throws", async () => {
    const apps: Umbel[] = [];
    const block = async (): Promise<void> => {
      await using app = new Umbel("proj");
      apps.push(app);
      throw new Error("out");
    };
    await expect(block()).rejects.toThrow("out");
    expect(() =>
      apps[0]
        ?.task("one", () => 1)
        .s()
        .apply(),
    ).toThrow(AppClosed);
  });
});

/** What these apps tell from now on until the test is over: other tests' apps may still be closing. */
function eventsOf(...apps: readonly string[]): UmbelEvent[] {
  const events: UmbelEvent[] = [];
  onTestFinished(onEvent((event) => void (apps.includes(event.app) && events.push(event))));
  return events;
}
