import { Umbel } from "@umbel/runtime";
import { NotJson } from "@umbel/runtime";
import { describe, expect, test } from "vitest";
import { nodeFromSource } from "../support/child.ts";
import { Distributed } from "../support/distributed.ts";
import { openProject } from "../support/folder.ts";
import { describeWith } from "../support/services.ts";

describe("arguments that JSON cannot carry are refused where they are bound", () => {
  const app = new Umbel("refusing");
  const look = app.task("look", (value: unknown, _other?: unknown) => value);
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each([
    [
      "a BigInt",
      [1n],
      /^look: args\[0\] is a BigInt \(1n\), which JSON cannot carry; send a string or a number$/,
    ],
    ["a function", [1, () => 1], /^look: args\[1\] is a function/],
    ["a cycle", [cycle], /^look: args\[0\]\.self is a cycle/],
    ["a class", [{ user: { born: new Map() } }], /^look: args\[0\]\.user\.born is an instance of Map/],
    ["NaN", [[1, Number.NaN]], /^look: args\[0\]\[1\] is NaN/],
  ])("%s", (_, args, message) => {
    const bind = () => look.s(...(args as [unknown, unknown]));
    expect(bind).toThrow(NotJson);
    expect(bind).toThrow(message);
  });

  test("in memory, a result that JSON cannot carry fails its task", async () => {
    await using own = new Umbel("own");
    const bad = own.task("bad", () => ({ deep: [1n] }) as unknown as number);
    await expect(bad.s().apply().get()).rejects.toMatchObject({
      errorName: "NotJson",
      errorMessage: expect.stringContaining("the result of bad.deep[0] is a BigInt"),
    });
  });

  test("in memory, a task that nobody has fails its flow", async () => {
    await using own = new Umbel("own");
    own.task("mail.sent", () => 1);
    await expect(own.task<() => number>("mail.send").s().apply().get()).rejects.toMatchObject({
      errorMessage:
        'no task named "mail.send" on this worker (it has mail.sent); was its module imported by the worker?',
    });
  });
});

describe("a URL that cannot be used is refused where it is given", () => {
  test.each([
    [
      { broker: "redis://localhost" },
      /^broker is "redis:\/\/localhost"; it has to be one of memory:\/\/, amqp:\/\/…, amqps:\/\/…$/,
    ],
    [{ broker: "localhost:5672" }, /^broker is "localhost:5672"/],
    [{ broker: "amqp://user:secret@ho st", backend: "mongodb://x" }, /^broker is "amqp:\/\/user:…@ho st"/],
    [{ backend: "postgres://x" }, /^backend is "postgres:\/\/x"/],
    [{ broker: "amqp://localhost" }, /set backend \(UMBEL_BACKEND\) to mongodb/],
  ])("%o", (options, message) => {
    expect(() => new Umbel("wrong", options)).toThrow(message);
  });
});

describe("a server that is not there", () => {
  test("rejects get() and published once, and leaves the process free to end", async () => {
    await using folder = await openProject({
      "main.ts": `
        import { Umbel } from "@umbel/runtime";
        const app = new Umbel("x", { broker: "amqp://127.0.0.1:1", backend: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500" });
        process.on("unhandledRejection", (error) => console.log("unhandled", error));
        const add = app.task("add", (x: number, y: number) => x + y);
        const result = add.s(1, 1).apply();
        await new Promise((resolve) => setImmediate(resolve));
        await result.get().catch((error) => console.log("get", error.code, error.message));
        await result.published.catch((error) => console.log("published", error.code));
        await result.state().catch((error) => console.log("state", error.code));
        await app.close();
        console.log("closed");`,
    });
    await using child = nodeFromSource([`${folder.path}/main.ts`], { folder: folder.path });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual([
      expect.stringMatching(/^get BROKER_UNAVAILABLE .*127\.0\.0\.1:1/),
      "published BROKER_UNAVAILABLE",
      "state STORE_UNAVAILABLE",
      "closed",
    ]);
  });
});

describeWith(["amqp", "mongo"], "a message that cannot be handled is dead-lettered and failed", (found) => {
  const properties = { contentType: "application/json", contentEncoding: "utf-8", persistent: true };

  test.each([
    ["no JSON", Buffer.from("{oops"), {}, /not JSON/],
    ["no UTF-8", Buffer.from([0xff, 0xfe, 0x00]), {}, /./],
    ["a body of two", Buffer.from("[[], {}]"), {}, /not a list \[args, kwargs, embed\]/],
    [
      "another content type",
      Buffer.from("x"),
      { contentType: "application/x-python-serialize" },
      /content type is application\/x-python-serialize/,
    ],
    ["compression", Buffer.from("x"), { headers: { compression: "application/x-gzip" } }, /compressed/],
  ])("%s", async (_, body, extra: { headers?: object; contentType?: string }, reason) => {
    await using world = await Distributed.open(found);
    const worker = await world.startWorker();
    const id = `bad-${world.queue}`;
    const headers = { task: "add", id, ...extra.headers };
    await world.publishRaw(body, { ...properties, ...extra, headers, correlationId: id });
    const letter = await world.deadLetter(id);
    expect(letter.reason).toMatch(reason);
    expect(letter.body).toEqual(body);
    await worker.line(/refused|dead/i);
    const { add } = world.client;
    expect(await add.s(1, 1).apply().get({ timeoutMs: 20_000 })).toBe(2);
    const document = await world.db.collection<{ _id: string }>("celery_taskmeta").findOne({ _id: id });
    expect(document).toMatchObject({
      status: "FAILURE",
      result: expect.stringContaining("UNDECODABLE_MESSAGE"),
    });
    expect(await world.depth()).toBe(0);
  });

  test("a message without an id is dead-lettered alone", async () => {
    await using world = await Distributed.open(found);
    await world.startWorker();
    await world.publishRaw(Buffer.from("hello"), {
      correlationId: "",
      headers: { marker: 1, id: 7 },
      contentType: "text/plain",
    });
    const { add } = world.client;
    expect(await add.s(1, 1).apply().get({ timeoutMs: 20_000 })).toBe(2);
    expect(await world.depth()).toBe(0);
  });

  test("an unknown task", async () => {
    await using world = await Distributed.open(found);
    await world.startWorker();
    const result = world.client.app.task<() => number>("mail.send").s().apply();
    await expect(result.get({ timeoutMs: 20_000 })).rejects.toMatchObject({
      errorName: "TaskNotFound",
      errorMessage: expect.stringMatching(/^no task named "mail.send" on this worker \(it has .*\badd, /),
    });
    expect((await world.deadLetter(result.id)).reason).toContain('no task named "mail.send"');
  });

  test("a result that JSON cannot carry fails its task alone", async () => {
    await using world = await Distributed.open(found);
    await world.startWorker();
    await expect(world.client.big.s(1).apply().get({ timeoutMs: 20_000 })).rejects.toMatchObject({
      errorName: "NotJson",
    });
  });
});
