import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Compensating } from "../compensation.ts";
import type { Undecodable } from "../broker.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Arrival, Continuation, Message } from "../message.ts";
import { START_TASK } from "../message.ts";
import { packPlan } from "../packed-plan.ts";
import type { PlacedNode, PlacedTask } from "../node.ts";
import type { StepOptions } from "../options.ts";
import type { EncodedMessage } from "./message.ts";
import { REPLY_PREFIX, decodeMessage, encodeMessage, isUndecodable } from "./message.ts";

const PLAIN: Message = {
  id: "F.1",
  task: "add",
  args: [1, 2],
  kwargs: {},
  options: {},
  flow: "F",
  parent: "F.0",
  retries: 0,
  turn: 0,
  nonce: "n1",
  suspect: false,
  next: { steps: [], join: null },
  claim: null,
  replyTo: null,
  callbacks: [],
  errbacks: [],
  etaMs: null,
  expiresMs: null,
};

const END: Arrival = { join: "F.0", index: 1, size: 3, ends: ["F.1~3", "F"], outer: null };

const CALL = { kind: "task", task: "add", kwargs: {}, immutable: false, options: {} };

/** An encoded message as it comes out of a transport: headers and body as copies. */
function overWire(encoded: EncodedMessage): EncodedMessage {
  return { ...encoded, headers: JSON.parse(JSON.stringify(encoded.headers)) as JsonObject };
}

describe("a message that was sent", () => {
  test("is read as it was, whatever it is", () => {
    fc.assert(
      fc.property(messages(), (message) => {
        expect(decodeMessage(overWire(encodeMessage(message)))).toStrictEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  test("is in Celery's protocol, with what is ours in one header", () => {
    const message: Message = {
      ...PLAIN,
      options: { headers: { tenant: "a" }, priority: 5 },
      retries: 2,
      turn: 1,
      suspect: true,
      claim: "F.0",
      replyTo: `${REPLY_PREFIX}x`,
      etaMs: 0,
      expiresMs: 1000,
      next: { steps: [], join: END },
    };
    expect(encodeMessage(message)).toEqual({
      headers: {
        lang: "js",
        task: "add",
        id: "F.1",
        root_id: "F",
        parent_id: "F.0",
        retries: 2,
        eta: "1970-01-01T00:00:00.000Z",
        expires: "1970-01-01T00:00:01.000Z",
        tenant: "a",
        umbel: JSON.stringify({ n: "n1", s: 1, t: 1, c: "F.0", j: END }),
      },
      contentType: "application/json",
      contentEncoding: "utf-8",
      correlationId: "F.1",
      replyTo: "umbel.reply.x",
      priority: 5,
      body: "[[1,2],{},{}]",
    });
  });

  test("says nothing of what it does not have", () => {
    const { headers } = encodeMessage({ ...PLAIN, parent: null, nonce: null });
    expect(headers).toEqual({ lang: "js", task: "add", id: "F.1", root_id: "F", umbel: "{}" });
  });

  test("of an id that is too long for a short string of AMQP has it in its header", () => {
    const deep = { ...PLAIN, id: `F${"~1.0".repeat(64)}` };
    const encoded = encodeMessage(deep);
    expect([encoded.correlationId, encoded.headers["id"]]).toEqual([undefined, deep.id]);
    expect(decodeMessage(overWire(encoded))).toStrictEqual(deep);
    const short = { ...PLAIN, id: "F".repeat(255) };
    expect(encodeMessage(short).correlationId).toBe(short.id);
  });

  test("carries what comes after it as Celery does, next last, the arrival in the last step's own headers", () => {
    const steps = [taskOf("F.2", { args: [8] }), taskOf("F.3", { options: { headers: { a: 1 } } })];
    const [, , embed] = bodyOf(
      encodeMessage({ ...PLAIN, next: { steps, join: END }, replyTo: "umbel.reply.x" }),
    );
    expect(embed["chain"]).toEqual([
      {
        task: "mul",
        args: [],
        kwargs: {},
        options: { task_id: "F.3", headers: { a: 1, umbel: JSON.stringify({ j: END, r: "umbel.reply.x" }) } },
        subtask_type: null,
        immutable: false,
      },
      {
        task: "mul",
        args: [8],
        kwargs: {},
        options: { task_id: "F.2" },
        subtask_type: null,
        immutable: false,
      },
    ]);
  });

  test("carries a group, with all that follows it, as one call of umbel.start", () => {
    const group: PlacedNode = { kind: "group", id: "F.2", members: [taskOf("F.2.0"), taskOf("F.2.1")] };
    const steps = [taskOf("F.1"), group, taskOf("F.3", { options: { queue: "slow" } }), taskOf("F")];
    const message = encodeMessage({ ...PLAIN, next: { steps, join: END } });
    const [, , embed] = bodyOf(message);
    expect(embed["chain"]).toMatchObject([
      {
        task: START_TASK,
        args: [],
        kwargs: { steps: [packPlan(group), ...steps.slice(2)], join: END },
        options: { task_id: "F.2", queue: "slow" },
      },
      { task: "mul", options: { task_id: "F.1" } },
    ]);
    expect((decodeMessage(message) as Message).next).toEqual({ steps, join: END });
  });

  test("keeps a countdown to the millisecond", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 10 }), (countdownMs) => {
        const steps = [taskOf("F.2", { options: { countdownMs } })];
        const read = decodeMessage(encodeMessage({ ...PLAIN, next: { steps, join: null } })) as Message;
        expect(read.next.steps).toEqual(steps);
      }),
    );
  });
});

describe("what a Python worker could not run is never sent:", () => {
  test("it has a content type, an id, a task, three elements of their kinds, and whole signatures", () => {
    fc.assert(
      fc.property(messages(), (message) => {
        const encoded = encodeMessage(message);
        expect(encoded).toMatchObject({ contentType: "application/json", contentEncoding: "utf-8" });
        expect(encoded.headers).toMatchObject({ id: message.id, task: message.task });
        const [args, kwargs, embed, ...more] = bodyOf(encoded);
        expect([Array.isArray(args), isMap(kwargs), isMap(embed), more]).toEqual([true, true, true, []]);
        for (const name of ["chain", "callbacks", "errbacks"]) expectSignatures(embed[name] ?? null);
        expect(embed["chord"] ?? null).toBeNull();
      }),
    );
  });

  const hostile = {
    ...{
      id: 5,
      task: "other",
      lang: 1,
      root_id: "x",
      parent_id: "x",
      retries: 9,
      eta: "soon",
      expires: "never",
    },
    ...{ timelimit: [1], stamped_headers: ["a"], stamps: null, compression: "x", umbel: "{", group: 7 },
    ...{ ignore_result: true, replaced_task_nesting: "x", shadow: 1, argsrepr: 1, kwargsrepr: 1, origin: 1 },
  };

  test("a header of the user's under one of the protocol's names stays behind", () => {
    const options = { headers: { ...hostile, tenant: "a" } };
    const { headers } = encodeMessage({ ...PLAIN, options });
    const { headers: plain } = encodeMessage(PLAIN);
    expect(headers).toEqual({ ...plain, tenant: "a" });
  });

  test("also in the steps that follow, since a Python worker sends them as they are", () => {
    const steps = [taskOf("F.2", { options: { headers: { ...hostile, tenant: "a" } } }), taskOf("F.3")];
    const [, , embed] = bodyOf(encodeMessage({ ...PLAIN, next: { steps, join: null } }));
    expect(embed["chain"]).toMatchObject([{}, { options: { task_id: "F.2", headers: { tenant: "a" } } }]);
    const [, signature] = embed["chain"] as [JsonObject, JsonObject];
    expect((signature["options"] as JsonObject)["headers"]).toEqual({ tenant: "a" });
  });

  test("numbers that only Python writes are written as Python does", () => {
    const [nan] = [{ __type__: "float", __value__: "NaN" }];
    const { body } = encodeMessage({
      ...PLAIN,
      args: [nan],
      next: { steps: [taskOf("F.2", { args: [nan] })], join: null },
    });
    expect(body).not.toContain("__type__");
    expect(body.match(/\bNaN\b/g)).toHaveLength(2);
  });
});

describe("of a message from anybody", () => {
  const HEADERS = { lang: "py", task: "add", id: "T" };
  const BODY = '[[1, 2], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]';

  function encodedWith(said: Partial<EncodedMessage>): EncodedMessage {
    return {
      headers: HEADERS,
      contentType: "application/json",
      contentEncoding: "utf-8",
      correlationId: undefined,
      replyTo: undefined,
      priority: undefined,
      body: BODY,
      ...said,
    };
  }

  function read(said: Partial<EncodedMessage>): Message {
    const message = decodeMessage(encodedWith(said));
    if (isUndecodable(message)) throw new Error(message.undecodable);
    return message;
  }

  function reasonOf(said: Partial<EncodedMessage>): string {
    const message = decodeMessage(encodedWith(said));
    return isUndecodable(message) ? message.undecodable : "it was read";
  }

  test("the least that Celery runs is read", () => {
    expect(read({ contentEncoding: undefined, body: "[[], {}, null]" })).toEqual({
      ...PLAIN,
      id: "T",
      args: [],
      flow: "T",
      parent: null,
      nonce: null,
    });
  });

  test.each([
    ["2026-11-23T00:13:04.969448+00:00", "2026-11-23T00:13:04.969Z"],
    ["2026-11-23T00:13:04+05:30", "2026-11-22T18:43:04.000Z"],
    ["2026-11-23T00:13:04-0530", "2026-11-23T05:43:04.000Z"],
    ["2026-11-23T00:13:04", "2026-11-23T00:13:04.000Z"],
    ["2026-11-23 00:13:04.5", "2026-11-23T00:13:04.500Z"],
    ["2026-11-23T00:13Z", "2026-11-23T00:13:00.000Z"],
    ["2026-11-23", "2026-11-23T00:00:00.000Z"],
  ])("the time %s is %s, without a zone in UTC", (eta, expected) => {
    const message = read({ headers: { ...HEADERS, eta, expires: eta } });
    expect(new Date(message.etaMs ?? NaN).toISOString()).toBe(expected);
    expect(message.expiresMs).toBe(message.etaMs);
  });

  test.each([
    "soon",
    "5Z",
    "foo 5",
    5,
    true,
    {},
    "2026-13-40T00:00:00Z",
    "2026-11-23T00:13:04+99",
    "Mon, 23 Nov 2026",
  ])("an eta of %j is no time", (eta) => {
    expect(reasonOf({ headers: { ...HEADERS, eta } })).toBe(`its eta is not a time: ${JSON.stringify(eta)}`);
    expect(reasonOf({ headers: { ...HEADERS, expires: eta } })).toBe(
      `its expires is not a time: ${JSON.stringify(eta)}`,
    );
  });

  test.each<[why: string, said: Partial<EncodedMessage>]>([
    ["it has no headers `task` and `id`, so it is no task message of Celery's protocol 2", { headers: {} }],
    [
      "it has no headers `task` and `id`, so it is no task message of Celery's protocol 2",
      { headers: { task: "add" } },
    ],
    [
      "it has no headers `task` and `id`, so it is no task message of Celery's protocol 2",
      { headers: { task: "add", id: 5 } },
    ],
    ["its content type is absent, not application/json", { contentType: undefined }],
    ["its content type is text/plain, not application/json", { contentType: "text/plain" }],
    ["its content encoding is binary, not utf-8", { contentEncoding: "binary" }],
    [
      "it is compressed (application/x-gzip); send it without compression",
      { headers: { ...HEADERS, compression: "application/x-gzip" } },
    ],
    ['its body is not JSON: "{"', { body: "{" }],
    ['its body is not JSON: ""', { body: "" }],
    ["its body is not a list [args, kwargs, embed]", { body: "null" }],
    ["its body is not a list [args, kwargs, embed]", { body: "[[], {}]" }],
    ["its body is not a list [args, kwargs, embed]", { body: "[[], {}, {}, {}]" }],
    ["its body is not a list [args, kwargs, embed]", { body: '{"args": []}' }],
    ["its args is null, not a list", { body: "[null, {}, {}]" }],
    ["its kwargs is null, not a map", { body: "[[], null, {}]" }],
    ["its kwargs is [], not a map", { body: "[[], [], {}]" }],
    ['its embed is "x", not a map', { body: '[[], {}, "x"]' }],
    ["its chain is 5, not a list", { body: '[[], {}, {"chain": 5}]' }],
    ['its callbacks is {"task":"a"}, not a list', { body: '[[], {}, {"callbacks": {"task": "a"}}]' }],
    ["a signature is null, not a map", { body: '[[], {}, {"chain": [null]}]' }],
    ["task of a signature is absent, not text", { body: '[[], {}, {"chain": [{}]}]' }],
    ["args of a is absent, not a list", { body: '[[], {}, {"chain": [{"task": "a"}]}]' }],
    [
      "options of a is [], not a map",
      { body: '[[], {}, {"chain": [{"task": "a", "args": [], "options": []}]}]' },
    ],
    [
      "headers of a is 1, not a map",
      { body: '[[], {}, {"chain": [{"task": "a", "args": [], "options": {"headers": 1}}]}]' },
    ],
    ["the header umbel is 5, not text", { headers: { ...HEADERS, umbel: 5 } }],
    ["the header umbel is not JSON: {", { headers: { ...HEADERS, umbel: "{" } }],
    ["the header umbel is [], not a map", { headers: { ...HEADERS, umbel: "[]" } }],
    ["n of the header umbel is 5, not text", { headers: { ...HEADERS, umbel: '{"n":5}' } }],
    ["an arrival is null, not a map", { headers: { ...HEADERS, umbel: '{"j":null}' } }],
    [
      "index of an arrival is 3, not a whole number below 3",
      { headers: { ...HEADERS, umbel: withArrival({ index: 3 }) } },
    ],
    [
      "size of an arrival is -1, not a whole number below 1016065",
      { headers: { ...HEADERS, umbel: withArrival({ size: -1 }) } },
    ],
    ["an end of an arrival is 5, not text", { headers: { ...HEADERS, umbel: withArrival({ ends: [5] }) } }],
    [
      "steps of umbel.start is absent, not a list",
      { headers: { ...HEADERS, task: START_TASK }, body: "[[], {}, {}]" },
    ],
    [
      'kind of a step is "x", which this version does not know',
      { headers: { ...HEADERS, task: START_TASK }, body: '[[], {"steps": [{"kind": "x"}]}, {}]' },
    ],
    ...(
      [
        ["queue of add is 5, not text", { queue: 5 }],
        ['countdownMs of add is "x", not a number', { countdownMs: "x" }],
        ['ignoreResult of add is "x", not true or false', { ignoreResult: "x" }],
        ['bundle of add is "x", not a number', { bundle: "x" }],
        ["headers of add is [], not a map", { headers: [] }],
      ] as const
    ).map(([why, options]): [string, Partial<EncodedMessage>] => [
      why,
      { headers: { ...HEADERS, task: START_TASK }, body: startWith({ options }) },
    ]),
    [
      'priority of add is "x", not a number',
      { headers: { ...HEADERS, task: START_TASK }, body: startWith({ options: { priority: "x" } }) },
    ],
    [
      "args of add is {}, not a list",
      { headers: { ...HEADERS, task: START_TASK }, body: startWith({ args: {} }) },
    ],
    ...(
      [
        ["members of a group is 5, not a list", 5],
        ["call of a group's members is null, not a map", { call: null, args: [] }],
        ['call of a group\'s members is "chain", not a task', { call: { kind: "chain" }, args: [] }],
        ["task of a step is absent, not text", { call: { kind: "task" }, args: [] }],
        ["args of a group's members is absent, not a list", { call: CALL }],
        ["args of a group's member is 5, not a list", { call: CALL, args: [[1], 5] }],
      ] as const
    ).map(([why, members]): [string, Partial<EncodedMessage>] => [
      why,
      {
        headers: { ...HEADERS, task: START_TASK },
        body: JSON.stringify([[], { steps: [{ kind: "group", id: "G", members }] }, {}]),
      },
    ]),
  ])("it is told that %s", (why, said) => expect(reasonOf(said)).toBe(why));

  test("a tail that is nested without end is told, too", () => {
    const deep = '{"kind":"group","id":"G","members":['.repeat(50_000) + "]}".repeat(50_000);
    const headers = { ...HEADERS, task: START_TASK };
    expect(reasonOf({ headers, body: `[[],{"steps":[${deep}]},{}]` })).toBe("it is nested too deep");
    expect(
      reasonOf({
        headers: { ...HEADERS, umbel: `{"j":${'{"outer":'.repeat(50_000)}1${"}".repeat(50_000)}}` },
      }),
    ).not.toBe("it was read");
  });

  test("what is wrong still has its id, its task and where its outcome goes, as far as they can be told", () => {
    const undecodable = (said: Partial<EncodedMessage>): Undecodable =>
      decodeMessage(encodedWith({ body: "{", ...said })) as Undecodable;
    expect(undecodable({ replyTo: "umbel.reply.x" })).toMatchObject({
      id: "T",
      task: "add",
      replyTo: "umbel.reply.x",
    });
    expect(undecodable({ headers: {}, correlationId: "C", replyTo: "a-uuid" })).toMatchObject({
      id: "C",
      task: null,
      replyTo: null,
    });
    expect(undecodable({ headers: { id: 5 } })).toMatchObject({ id: null });
  });

  test("what would end a Python worker is survived", () => {
    const deadly = { timelimit: [5], stamped_headers: ["a"], ignore_result: null, group: 5, priority: null };
    expect(read({ headers: { ...HEADERS, ...deadly } })).toMatchObject({ id: "T", args: [1, 2] });
  });

  test("a type that nobody knows is the task's to look at", () => {
    const args = [{ __type__: "money", __value__: 5 }];
    expect(read({ body: JSON.stringify([args, {}, {}]) }).args).toEqual(args);
  });

  test("somebody else's reply address is not ours to push to", () => {
    expect(read({ replyTo: "79775776-5863-3ceb-9827-b0791cb6728e" }).replyTo).toBeNull();
  });

  test("headers that are the user's are kept, and those of Celery and of RabbitMQ are not among them", () => {
    const headers = {
      ...HEADERS,
      tenant: "a",
      "x-delivery-count": 2,
      "x-death": [],
      origin: "gen1@host",
      stamps: {},
    };
    expect(read({ headers }).options).toEqual({ headers: { tenant: "a" } });
  });

  test("a step that a Python worker handed on is suspect: nobody stamped its copy", () => {
    expect(read({ headers: { ...HEADERS, umbel: withArrival({}) } })).toMatchObject({
      suspect: true,
      nonce: null,
      next: { join: { join: "J" } },
    });
    expect(read({ headers: { ...HEADERS, umbel: '{"r":"umbel.reply.x"}' } })).toMatchObject({
      suspect: true,
      replyTo: "umbel.reply.x",
    });
    expect(read({}).suspect).toBe(false);
  });
});

describe("whatever comes,", () => {
  test("a message or a reason comes out", () => {
    fc.assert(fc.property(anythingEncoded(), expectSound), { numRuns: 300 });
  });

  test("a valid message with something else in any place is a sound message, or refused", () => {
    fc.assert(fc.property(mutated(), expectSound), { numRuns: 1000 });
  });
});

function taskOf(id: string, said: Partial<PlacedTask> = {}): PlacedTask {
  return { kind: "task", id, task: "mul", args: [], kwargs: {}, immutable: false, options: {}, ...said };
}

function bodyOf({ body }: EncodedMessage): [Json[], JsonObject, JsonObject, ...Json[]] {
  return JSON.parse(body.replace(/\bNaN\b/g, "0")) as [Json[], JsonObject, JsonObject];
}

function withArrival(said: object): string {
  return JSON.stringify({ j: { join: "J", index: 0, size: 3, ends: [], outer: null, ...said } });
}

function startWith(said: object): string {
  return JSON.stringify([[], { steps: [{ ...taskOf("F"), task: "add", ...said }] }, {}]);
}

function expectSignatures(json: Json): void {
  if (json === null) return;
  expect(Array.isArray(json)).toBe(true);
  for (const signature of json as readonly JsonObject[]) {
    const { task, args, kwargs, options } = signature;
    expect([typeof task, Array.isArray(args), isMap(kwargs), isMap(options)]).toEqual([
      "string",
      true,
      true,
      true,
    ]);
    expectSignatures((options as JsonObject)["link"] ?? null);
    expectSignatures((options as JsonObject)["link_error"] ?? null);
  }
}

/** That it is refused with a reason, or a message each of whose fields is of its type. */
function expectSound(encoded: EncodedMessage): void {
  const message = decodeMessage(encoded);
  if (isUndecodable(message)) {
    if (typeof message.undecodable !== "string" || message.undecodable.length < 10)
      throw new Error("no reason");
    if (/Maximum call stack|not a function|Cannot|undefined|is not iterable/.test(message.undecodable)) {
      throw new Error(`not our words: ${message.undecodable}`);
    }
    return;
  }
  const { id, task, args, kwargs, options, flow, parent, retries, nonce, suspect, next, claim, replyTo } =
    message;
  all(isText, id, task, flow);
  all(isTextOrNull, parent, nonce, claim, replyTo);
  all(isList, args, message.callbacks, message.errbacks);
  all(isNumberOrNull, retries, message.etaMs, message.expiresMs);
  all(isMap, kwargs);
  all((value) => typeof value === "boolean", suspect);
  soundOptions(options);
  soundContinuation(next);
  [...message.callbacks, ...message.errbacks].forEach(soundNode);
}

function soundContinuation({ steps, join }: Continuation): void {
  all(isList, steps);
  steps.forEach(soundNode);
  if (join !== null) soundArrival(join);
}

function soundArrival({ join, index, size, ends, outer }: Arrival): void {
  all(isText, join, ...ends);
  all((value) => Number.isInteger(value), index, size);
  all(isList, ends);
  if (index < 0 || index >= size) throw new Error(`member ${index} of ${size}`);
  if (outer !== null) soundArrival(outer);
}

function soundNode(node: PlacedNode): void {
  switch (node.kind) {
    case "task":
      all(isText, node.id, node.task);
      all(isList, node.args, node.callbacks ?? [], node.errbacks ?? []);
      all(isMap, node.kwargs, node.foreign ?? {});
      all((value) => typeof value === "boolean", node.immutable);
      soundOptions(node.options);
      return [...(node.callbacks ?? []), ...(node.errbacks ?? [])].forEach(soundNode);
    case "chain":
      all(isList, node.steps);
      if (node.steps.length === 0) throw new Error("an empty chain");
      return node.steps.forEach(soundNode);
    case "group":
      all(isText, node.id);
      all(isList, node.members);
      return node.members.forEach(soundNode);
    case "rest":
      all(isText, node.id, ...node.ends, node.queue ?? "");
      return all(isList, node.ends);
  }
}

function soundOptions({ queue, priority, countdownMs, ignoreResult, bundle, headers }: StepOptions): void {
  all((value) => typeof value === "boolean", ignoreResult ?? false);
  all(isText, queue ?? "");
  all(isNumberOrNull, priority ?? null, countdownMs ?? null, bundle ?? null);
  all(isMap, headers ?? {});
}

function all(holds: (value: unknown) => boolean, ...given: readonly unknown[]): void {
  const wrong = given.find((value) => !holds(value));
  if (!given.every(holds)) throw new Error(`wrong type: ${JSON.stringify(wrong)} fails ${holds.name}`);
}

const isText = (value: unknown): boolean => typeof value === "string";
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isNumberOrNull = (value: unknown): boolean => value === null || Number.isFinite(value);
const isList = (value: unknown): boolean => Array.isArray(value);
const isMap = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// Arbitraries, kept small: what makes messages differ is their form, not their size.

function jsons(): fc.Arbitrary<Json> {
  const leaves = fc.oneof(
    fc.constantFrom<Json>(null, true, 0, 1.5, "", "NaN", [], {}, [[1, "x"], { a: null }]),
    fc.string(),
  );
  return fc.oneof(
    { weight: 5, arbitrary: leaves },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json> },
  );
}

function maps(): fc.Arbitrary<JsonObject> {
  const some = fc.dictionary(fc.constantFrom("a", "b", "tasks", "__proto__"), jsons(), {
    minKeys: 1,
    maxKeys: 2,
  });
  return fc.oneof(
    fc.constant({}),
    some.map((fields) => Object.fromEntries(Object.entries(fields))),
  );
}

function stepOptions(): fc.Arbitrary<StepOptions> {
  const some = {
    queue: fc.constantFrom("celery", ""),
    priority: fc.nat({ max: 255 }),
    countdownMs: fc.integer({ min: 1, max: 1e9 }),
    ignoreResult: fc.constant(true),
    bundle: fc.integer({ min: 2, max: 1_000 }),
    headers: userHeaders(),
    stamps: stamps(),
  };
  return fc.oneof(fc.constant({}), fc.record(some, { requiredKeys: [] }));
}

function userHeaders(): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(fc.constantFrom("tenant", "x-id", "__proto__"), jsons())
    .map((field) => Object.fromEntries([field]));
}

function stamps(): fc.Arbitrary<JsonObject> {
  return jsons().map((value) => ({ tenant: value }));
}

/** What a task is to the compensation of its flow, or nothing. */
function compensating() {
  return fc.constantFrom<{ readonly compensation?: Compensating }>(
    ...[{}, {}, {}],
    ...(["step", "end", "undo"] as const).map((compensation) => ({ compensation })),
  );
}

function tasks(): fc.Arbitrary<PlacedTask> {
  const task = fc.record({
    kind: fc.constant("task" as const),
    id: ids(),
    task: fc.constantFrom("add", "mail.send", ""),
    args: fc.array(jsons(), { maxLength: 2 }),
    kwargs: maps(),
    immutable: fc.boolean(),
    options: stepOptions(),
  });
  return fc.tuple(task, compensating()).map(([said, more]) => ({ ...said, ...more }));
}

/** Tasks with all that a foreign client may have said of them. */
function linkedTasks(): fc.Arbitrary<PlacedTask> {
  const links = fc.array(linkFlows(), { minLength: 1, maxLength: 2 });
  const foreign = fc.constantFrom<JsonObject>(
    { expires: 30 },
    { chord: null, reply_to: "x", serializer: "json" },
  );
  const frame = { turn: fc.integer({ min: 1, max: 50 }), claim: ids() };
  const linked = fc
    .tuple(tasks(), fc.record({ foreign, callbacks: links, errbacks: links, ...frame }, { requiredKeys: [] }))
    .map(([task, more]) => ({ ...task, ...more }));
  return fc.oneof({ weight: 3, arbitrary: tasks() }, { weight: 1, arbitrary: linked });
}

/** What may begin beside a flow: one call, several, or what has a group. */
function linkFlows(): fc.Arbitrary<PlacedNode> {
  const chains = fc
    .tuple(
      fc.array(tasks(), { maxLength: 2 }),
      fc.option(plainGroups(), { nil: null }),
      fc.array(tasks(), { maxLength: 1 }),
    )
    .map(([before, group, after]) => (group === null ? before : [...before, group, ...after]))
    .filter((steps) => steps.length > 0)
    .map((steps): PlacedNode => (steps.length === 1 ? (steps[0] as PlacedNode) : { kind: "chain", steps }));
  return fc.oneof(tasks(), chains);
}

function plainGroups(): fc.Arbitrary<PlacedNode> {
  return tasks().map((task) => ({ kind: "group", id: "L", members: [task], keys: ["a"] }));
}

function ids(): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom("F", "F.1", "F.1.0", "=F.1~3", ""), fc.uuid(), fc.string());
}

function nodes(): fc.Arbitrary<PlacedNode> {
  const { node } = fc.letrec<{ node: PlacedNode }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 2, depthIdentifier: "node" },
      linkedTasks(),
      rests(),
      fc.record({
        kind: fc.constant("group" as const),
        id: ids(),
        members: fc.array(tie("node"), { maxLength: 2 }),
      }),
      fc.record({
        kind: fc.constant("chain" as const),
        steps: fc.array(tie("node"), { minLength: 2, maxLength: 2 }),
      }),
    ),
  }));
  return node;
}

function rests(): fc.Arbitrary<PlacedNode> {
  const rest = {
    kind: fc.constant("rest" as const),
    id: ids(),
    ends: fc.array(ids(), { maxLength: 2 }),
    queue: ids(),
  };
  return fc.record(rest, { requiredKeys: ["kind", "id", "ends"] });
}

function groups(): fc.Arbitrary<PlacedNode> {
  return nodes().map((node) => ({ kind: "group", id: "G", members: [node] }));
}

function arrivals(): fc.Arbitrary<Arrival> {
  const { arrival } = fc.letrec<{ arrival: Arrival }>((tie) => ({
    arrival: fc
      .record({
        join: ids(),
        size: fc.integer({ min: 1, max: 2000 }),
        at: fc.nat(),
        kind: fc.constantFrom({}, { isRace: true as const }, { isRecord: true as const }),
        ends: fc.array(ids(), { maxLength: 2 }),
        outer: fc.option(tie("arrival"), { nil: null, maxDepth: 2 }),
      })
      .map(({ join, size, at, kind, ends, outer }) => ({
        ...{ join, index: at % size, size, ends, outer },
        ...kind,
        ...(at % 3 === 0 && { isCounted: true as const }),
      })),
  }));
  return arrival;
}

function messages(): fc.Arbitrary<Message> {
  const made = fc.oneof({ weight: 3, arbitrary: taskMessages() }, { weight: 1, arbitrary: startMessages() });
  return made.map((message) => JSON.parse(JSON.stringify(message)) as Message); // -0 is 0 in text
}

function taskMessages(): fc.Arbitrary<Message> {
  const tail = fc
    .tuple(
      fc.array(linkedTasks(), { maxLength: 2 }),
      fc.option(groups(), { nil: null }),
      fc.array(tasks(), { maxLength: 1 }),
    )
    .map(([before, group, after]) => (group === null ? before : [...before, group, ...after]));
  const links = fc.array(linkFlows(), { maxLength: 1 });
  const task = {
    task: fc.constantFrom("add", "mail.send", ""),
    kwargs: maps(),
    callbacks: links,
    errbacks: links,
  };
  const message = fc.record({ ...common(), ...task, next: continuations(tail) });
  return fc.tuple(message, compensating()).map(([said, more]) => ({ ...said, ...more }));
}

function startMessages(): fc.Arbitrary<Message> {
  const steps = fc
    .tuple(groups(), fc.array(nodes(), { maxLength: 2 }))
    .map(([first, rest]) => [first, ...rest]);
  const none = fc.constant([]);
  const start = { task: fc.constant(START_TASK), kwargs: fc.constant({}), callbacks: none, errbacks: none };
  const undos = fc.option(fc.array(tasks(), { minLength: 1, maxLength: 2 }), { nil: null });
  const next = fc
    .tuple(continuations(steps), undos)
    .map(([said, some]) => ({ ...said, ...(some && { undos: some }) }));
  return fc.record({ ...common(), ...start, next });
}

function continuations(steps: fc.Arbitrary<readonly PlacedNode[]>): fc.Arbitrary<Continuation> {
  return fc.record({ steps, join: fc.option(arrivals(), { nil: null }) });
}

function common() {
  const times = fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: null });
  return {
    id: ids(),
    args: fc.array(jsons(), { maxLength: 2 }),
    options: fc.record(
      {
        priority: fc.integer({ min: 1, max: 255 }),
        ignoreResult: fc.constant(true),
        headers: userHeaders(),
        stamps: stamps(),
      },
      { requiredKeys: [] },
    ),
    flow: ids(),
    parent: fc.option(ids(), { nil: null }),
    retries: fc.nat({ max: 50 }),
    turn: fc.nat({ max: 50 }),
    nonce: fc.string({ minLength: 1 }),
    suspect: fc.boolean(),
    claim: fc.option(ids(), { nil: null }),
    replyTo: fc.constantFrom(null, `${REPLY_PREFIX}x`),
    etaMs: times,
    expiresMs: times,
  };
}

/** Headers and bodies with the right names and anything in them. */
function anythingEncoded(): fc.Arbitrary<EncodedMessage> {
  const names = ["task", "id", "root_id", "parent_id", "retries", "eta", "expires", "umbel", "stamps", "x"];
  const texts = fc.oneof(fc.constantFrom("add", START_TASK, "{}", '{"j":{}}', '{"n":1}'), jsons());
  const embed = fc.dictionary(
    fc.constantFrom("chain", "callbacks", "errbacks", "chord"),
    listsOf(signatures()),
  );
  const kwargs = fc.oneof(fc.dictionary(fc.constantFrom("steps", "join", "a"), listsOf(jsons())), jsons());
  const body = fc.tuple(listsOf(jsons()), kwargs, fc.oneof(embed, jsons()));
  return fc.record({
    headers: fc
      .tuple(
        fc.dictionary(fc.constantFrom(...names), texts, { maxKeys: 3 }),
        mostly<JsonObject>({ task: "add", id: "T" }, { task: START_TASK, id: "T" }, {}),
      )
      .map(([made, known]) => ({ ...made, ...known })),
    contentType: mostly("application/json", "text/plain", undefined),
    contentEncoding: mostly("utf-8", "UTF8", undefined, "binary"),
    correlationId: fc.constantFrom("C", undefined),
    replyTo: fc.constantFrom("umbel.reply.x", "x", undefined),
    priority: fc.constantFrom(0, 255, undefined),
    body: fc.oneof(
      { weight: 9, arbitrary: body.map((triple) => JSON.stringify(triple)) },
      {
        weight: 1,
        arbitrary: fc.oneof(
          jsons().map((other) => JSON.stringify(other)),
          fc.string(),
        ),
      },
    ),
  });
}

function mostly<Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

/** Maps that may be signatures, or nearly. */
function signatures(): fc.Arbitrary<Json> {
  const { signature } = fc.letrec<{ signature: Json }>((tie) => ({
    signature: fc.oneof(
      { maxDepth: 3, depthIdentifier: "signature", depthSize: "small" },
      jsons(),
      fc.record({
        task: fc.constantFrom<Json>("add", "add", START_TASK, null),
        args: fc.constantFrom<Json>([], [1], [1], null),
        kwargs: fc.dictionary(
          fc.constantFrom("tasks", "header", "body", "steps", "join"),
          listsOf(tie("signature")),
        ),
        options: fc.dictionary(
          fc.constantFrom("task_id", "headers", "link", "countdown", "queue"),
          listsOf(tie("signature")),
          {
            maxKeys: 2,
          },
        ),
        subtask_type: fc.constantFrom<Json>("chain", "group", "chord", null, 5),
      }),
    ),
  }));
  return signature;
}

/** Lists of these, and what should be a list and is none. */
function listsOf(items: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.array(items, { maxLength: 2 }) },
    { weight: 1, arbitrary: items },
  );
}

/** A valid message in which one thing, anywhere, is another thing, or missing. */
function mutated(): fc.Arbitrary<EncodedMessage> {
  const others = fc.constantFrom<Json | undefined>(
    undefined,
    null,
    5,
    -1,
    1.5,
    "x",
    true,
    [],
    {},
    [null],
    [[]],
    { a: 1 },
  );
  return fc.record({ message: messages(), at: fc.nat(), other: others }).map(({ message, at, other }) => {
    const { headers, body, ...properties } = overWire(encodeMessage(message));
    const whole = {
      ...headers,
      umbel: JSON.parse(headers["umbel"] as string) as Json,
      body: JSON.parse(body) as Json,
    };
    const places = placesIn(whole);
    places[at % places.length]?.(other);
    const { umbel, body: changed, ...rest } = whole;
    const text = typeof umbel === "object" && umbel !== null ? JSON.stringify(umbel) : umbel;
    return {
      ...properties,
      headers: { ...rest, ...(text !== undefined && { umbel: text }) },
      body: JSON.stringify(changed) ?? "",
    };
  });
}

/** Ways to put another value into each place of a JSON value; undefined takes what is there out. */
function placesIn(value: unknown): ((other: Json | undefined) => void)[] {
  if (typeof value !== "object" || value === null) return [];
  const record = value as Record<string, unknown>;
  return Object.keys(record).flatMap((key) => [
    (other: Json | undefined) => {
      if (other === undefined && !Array.isArray(value)) delete record[key];
      else record[key] = other ?? null;
    },
    ...placesIn(record[key]),
  ]);
}
