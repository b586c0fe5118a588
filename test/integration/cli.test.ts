import { Umbel } from "@umbel/runtime";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { AmqpProxy } from "../support/amqp-proxy.ts";
import { AmqpWorld } from "../support/amqp-world.ts";
import type { Child } from "../support/child.ts";
import { nodeFromSource, umbel } from "../support/child.ts";
import type { Folder } from "../support/folder.ts";
import { openProject } from "../support/folder.ts";
import { describeWith } from "../support/services.ts";

describe("the command line", () => {
  test("says what it can do, and its version", async () => {
    await using help = umbel(["--help"]);
    await using version = umbel(["--version"]);
    expect(await help.ended).toEqual({ code: 0, signal: null });
    expect(help.lines.join("\n")).toMatch(/Usage: umbel .*\bworker\b/s);
    await version.ended;
    expect(version.lines).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });

  test.each([
    ["no command", []],
    ["an unknown command", ["work"]],
    ["no app", ["worker"]],
    ["a concurrency of 0", ["worker", "-A", "x.js", "-c", "0"]],
    ["an unknown level", ["worker", "-A", "x.js", "-l", "loud"]],
    ["a queue without a name", ["worker", "-A", "x.js", "-Q", "a,,b"]],
    ["a prefetch that is too large", ["worker", "-A", "x.js", "--prefetch", "65536"]],
    ["a flow without an id", ["flow", "-A", "x.js"]],
    ["a format that there is not", ["flow", "F", "-A", "x.js", "-f", "svg"]],
    ["a limit of 0", ["flow", "F", "-A", "x.js", "--limit", "0"]],
    ["a stop-timeout that is no time", ["worker", "-A", "x.js", "--stop-timeout", "soon"]],
  ])("ends with 2 for %s", async (_, args) => {
    await using child = umbel(args);
    expect(await child.ended).toEqual({ code: 2, signal: null });
  });
});

const NEW_APP = `import { Umbel } from "@umbel/runtime"; const newApp = (name) => new Umbel(name);`;

describe("the module of an app", () => {
  // An app in memory is refused by its name: so it was found.
  test.each([
    ["a default export", `export default newApp("chosen"); export const app = newApp("other");`],
    ["an export named app", `export const app = newApp("chosen"); export const b = newApp("other");`],
    ["the only app", `export const tasks = newApp("chosen"); export const limit = 3; export default {};`],
    ["one app under two names", `export const a = newApp("chosen"); export { a as b };`],
  ])("gives %s", async (_, source) => {
    expect(await refusal({ "tasks.js": `${NEW_APP}\n${source}` })).toMatch(
      /^error: the app "chosen" has no broker/,
    );
  });

  test("may be CommonJS, or TypeScript", async () => {
    const source = `const { Umbel } = require("@umbel/runtime"); exports[["a", "pp"].join("")] = new Umbel("chosen");`;
    expect(await refusal({ "tasks.cjs": source })).toMatch(/^error: the app "chosen" has no broker/);
    const typed = `import { Umbel } from "@umbel/runtime"; export const app: Umbel = new Umbel("chosen");`;
    expect(await refusal({ "tasks.ts": typed })).toMatch(/^error: the app "chosen" has no broker/);
  });

  test.each([
    [
      "is not there",
      { "other.js": "" },
      /^error: cannot import \.\/tasks\.js: there is no such file \(.*tasks\.js\)/,
    ],
    ["is a folder", { "tasks.js/index.js": "" }, /^error: cannot import \.\/tasks\.js: that is not a file/],
    [
      "exports no app",
      { "tasks.js": "export const app = {};" },
      /^error: \.\/tasks\.js exports no app; export/,
    ],
    [
      "exports several apps",
      { "tasks.js": `${NEW_APP} export const a = newApp("a"); export const b = newApp("b");` },
      /^error: \.\/tasks\.js exports several apps \(a, b\); export/,
    ],
    [
      "has a wrong URL",
      { "tasks.js": brokerAt("http://localhost") },
      /^error: broker is "http:\/\/localhost"; it has to be/,
    ],
    [
      "has a broker and no store",
      { "tasks.js": brokerAt("amqp://localhost") },
      /^error: .*set backend \(UMBEL_BACKEND\)/,
    ],
  ])("that %s is one clear line", async (_, files, expected) => {
    const text = await refusal(files);
    expect(text).toMatch(expected);
    expect(text.split("\n")).toHaveLength(1);
  });

  test.each([
    [
      "throws",
      `throw new Error("out of paper");`,
      /in it, or in what it imports:\nError: out of paper\n +at .*tasks\.js:1/,
    ],
    ["cannot be parsed", `export const = 3;`, /in it, or in what it imports:(\n.*)*tasks\.js:1/],
    ["imports what is not there", `import "./gone.js";`, /in it, or in what it imports:\n.*gone\.js/],
  ])("that %s says where", async (_, source, expected) => {
    expect(await refusal({ "tasks.js": source })).toMatch(expected);
  });
});

function brokerAt(url: string): string {
  return `import { Umbel } from "@umbel/runtime"; export const app = new Umbel("proj", { broker: "${url}" });`;
}

/** What `umbel worker` says when it refuses the only, or first, of these files. */
async function refusal(files: Readonly<Record<string, string>>): Promise<string> {
  await using folder = await openProject(files);
  const [first = ""] = Object.keys(files).filter((name) => name.startsWith("tasks"));
  await using child = umbel(["worker", "-A", `./${first.split("/")[0] || "tasks.js"}`], {
    folder: folder.path,
  });
  expect(await child.ended).toEqual({ code: 1, signal: null });
  return child.lines.join("\n");
}

const TASKS = `
  import { Umbel } from "@umbel/runtime";
  import { existsSync } from "node:fs";
  import { setTimeout } from "node:timers/promises";

  const { UMBEL_BROKER: broker, UMBEL_BACKEND: backend, QUEUE: queue } = process.env;
  export const app = new Umbel("proj", { broker, backend, queue });
  export const add = app.task("add", (x: number, y: number) => x + y);
  export const mul = app.task("mul", (x: number, y: number) => x * y);
  export const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
  export const slow = app.task("slow", async (n: number) => {
    console.log("running", n);
    while (!existsSync("gate")) await setTimeout(20);
    return n;
  });
`;

const PROGRAM = `
  import { chain, chord, group } from "@umbel/canvas";
  import { add, app, mul, sum } from "./tasks.ts";
  console.log(await chain(add.s(4, 4)).pipe(mul.s(8)).apply().get());
  console.log(await group([0, 1, 2, 3].map((i) => add.s(i, i))).apply().get());
  console.log(await chord([0, 1, 2, 3].map((i) => add.s(i, i)), sum.s()).apply().get());
  console.log(await group([add.s(1, 1), add.s(2, 2)]).pipe(sum.s()).pipe(mul.s(10)).apply().get());
  await app.close();
`;

/** Nothing listens on port 1. */
const NOBODY = {
  UMBEL_BROKER: "amqp://127.0.0.1:1",
  UMBEL_BACKEND: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100",
};

describe("a worker whose servers are not there", () => {
  test("says why, and when it tries again; and stops when it is told to", async () => {
    await using folder = await openProject({ "tasks.ts": TASKS });
    await using worker = umbel(["worker", "-A", "tasks.ts"], { folder: folder.path, environment: NOBODY });
    await worker.line(
      /warning no connection to the broker; trying again in [\d.]+ s address=\S+ reason=.*ECONNREFUSED/,
    );
    await worker.line(/warning cannot start; trying again in 1 s reason=.*MongoDB at 127\.0\.0\.1:1/);
    await worker.line(/warning cannot start; trying again in 2 s/);
    worker.kill("SIGTERM");
    expect(await worker.ended).toEqual({ code: 0, signal: null });
  });
});

describeWith(["amqp", "mongo"], "a worker", ({ amqp, mongo }) => {
  /** A queue, a folder with the tasks, and an app that sends to it. */
  async function openWorld() {
    const rabbit = await AmqpWorld.open(amqp.url);
    const folder = await openProject({ "tasks.ts": TASKS, "main.ts": PROGRAM });
    const queue = rabbit.queue();
    const app = new Umbel("proj", { broker: amqp.url, backend: mongo.url, queue });
    onTestFinished(async () => {
      await app.close();
      await rabbit.close();
      await folder[Symbol.asyncDispose]();
    });
    const environment = { UMBEL_BROKER: amqp.url, UMBEL_BACKEND: mongo.url, QUEUE: queue };
    return { rabbit, folder, queue, app, environment, slow: app.task<(n: number) => number>("slow") };
  }

  type World = Awaited<ReturnType<typeof openWorld>>;

  function startWorker({ folder, queue, environment }: World, ...options: readonly string[]): Child {
    return umbel(["worker", "-A", "./tasks.ts", "-Q", queue, ...options], {
      folder: folder.path,
      environment,
    });
  }

  /** Messages that wait in the queue; deliveries that were not acknowledged are not among them. */
  async function waiting({ rabbit, queue }: World): Promise<number> {
    return (await rabbit.channel.checkQueue(queue)).messageCount;
  }

  test("runs the flows of another process", async () => {
    const world = await openWorld();
    await using worker = startWorker(world, "-c", "8", "-l", "debug", "-n", "one");
    await worker.line(new RegExp(`info    worker started app=proj worker=one queues=${world.queue}`));
    await using program = nodeFromSource(["main.ts"], {
      folder: world.folder.path,
      environment: world.environment,
    });
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.lines).toEqual(["64", "[ 0, 2, 4, 6 ]", "12", "60"]);
    worker.kill("SIGINT");
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    const succeeded = worker.lines.filter((line) =>
      /info    task succeeded task=\w+ id=\S+ ms=\d+$/.test(line),
    );
    expect(succeeded).toHaveLength(2 + 4 + 5 + 4);
    expect(worker.lines.filter((line) => line.includes("debug   task started"))).toHaveLength(15);
    expect(worker.lines.at(-1)).toContain("worker stopped");
  });

  test("finishes at SIGTERM what it runs, acknowledges it, and leaves the rest in the queue", async () => {
    const world = await openWorld();
    await using worker = startWorker(world, "-c", "1");
    const results = [1, 2, 3].map((n) => world.slow.s(n).apply());
    await worker.line(/^running 1$/);
    await Promise.all(results.map(({ published }) => published));
    worker.kill("SIGTERM");
    await worker.line(/worker stopping: what runs is finished, the rest goes back .*inHand=\d/);
    await open(world.folder);
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(worker.lines.filter((line) => line.startsWith("running"))).toEqual(["running 1"]);
    expect(await results[0]?.get()).toBe(1);
    expect(await waiting(world)).toBe(2);

    await using next = startWorker(world);
    expect(await Promise.all(results.map((result) => result.get()))).toEqual([1, 2, 3]);
    expect(next.lines.filter((line) => line.startsWith("running")).toSorted()).toEqual([
      "running 2",
      "running 3",
    ]);
  });

  test("takes a signal that comes twice at once, as from npm, for one", async () => {
    const world = await openWorld();
    await using worker = startWorker(world);
    const result = world.slow.s(1).apply();
    await worker.line(/^running 1$/);
    worker.kill("SIGINT");
    await worker.line(/worker stopping/);
    worker.kill("SIGINT");
    worker.kill("SIGTERM");
    await open(world.folder);
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(await result.get()).toBe(1);
  });

  test("ends at once at a second signal, and what it ran is delivered again", async () => {
    const world = await openWorld();
    await using worker = startWorker(world);
    const result = world.slow.s(1).apply();
    await worker.line(/^running 1$/);
    worker.kill("SIGINT");
    await worker.line(/worker stopping/);
    const impatience = setInterval(() => worker.kill("SIGINT"), 50);
    onTestFinished(() => clearInterval(impatience));
    expect(await worker.ended).toEqual({ code: 1, signal: null });
    expect(worker.lines.at(-1)).toContain(
      "warning second signal: ended at once; what ran is delivered again",
    );
    await vi.waitFor(async () => expect(await waiting(world)).toBe(1), { timeout: 10_000 });

    await open(world.folder);
    await using next = startWorker(world);
    expect(await result.get()).toBe(1);
    await next.line(/task succeeded task=slow/);
  });

  test("waits for what runs no longer than --stop-timeout", async () => {
    const world = await openWorld();
    await using worker = startWorker(world, "--stop-timeout", "0.1");
    const result = world.slow.s(1).apply();
    await worker.line(/^running 1$/);
    worker.kill("SIGTERM");
    expect(await worker.ended).toEqual({ code: 1, signal: null });
    expect(worker.lines.at(-1)).toBe("error: 1 task did not end within 0.1 s, and will be delivered again");
    await vi.waitFor(async () => expect(await waiting(world)).toBe(1), { timeout: 10_000 });
    await open(world.folder);
    await using next = startWorker(world);
    expect(await result.get()).toBe(1);
    await next.line(/task succeeded task=slow/);
  });

  test("starts when its broker comes", async () => {
    const world = await openWorld();
    const proxy = await AmqpProxy.start(amqp.url);
    await proxy.refuse();
    onTestFinished(() => proxy.close());
    const environment = { ...world.environment, UMBEL_BROKER: proxy.url };
    await using worker = umbel(["worker", "-A", "tasks.ts"], { folder: world.folder.path, environment });
    await worker.line(/warning no connection to the broker; trying again in/);
    await proxy.accept();
    await worker.line(/info    connected to the broker address=/);
    await worker.line(/info    worker started/);
    await open(world.folder);
    expect(await world.slow.s(7).apply().get()).toBe(7);
    worker.kill("SIGTERM");
    expect(await worker.ended).toEqual({ code: 0, signal: null });
  });

  test("refuses at once, in one line, a password that its broker refuses", async () => {
    const world = await openWorld();
    const url = new URL(amqp.url);
    url.password = "wr0ng";
    const environment = { ...world.environment, UMBEL_BROKER: url.href };
    await using worker = umbel(["worker", "-A", "tasks.ts"], { folder: world.folder.path, environment });
    expect(await worker.ended).toEqual({ code: 1, signal: null });
    const errors = worker.lines.filter((line) => line.startsWith("error"));
    expect(errors).toEqual([expect.stringMatching(/^error: no connection to \S+: it refuses the user/)]);
    expect(worker.lines.join("\n")).not.toContain("wr0ng");
    expect(worker.lines.join("\n")).not.toContain("cannot start; trying again");
  });
});

/** Lets the slow task end. */
async function open(folder: Folder): Promise<void> {
  await writeFile(join(folder.path, "gate"), "");
}
