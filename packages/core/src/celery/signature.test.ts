import { describe, expect, test } from "vitest";
import type { Message } from "../message.ts";
import type { PlacedNode, PlacedTask } from "../node.ts";
import { decodeMessage, encodeMessage, isUndecodable } from "./message.ts";
import { startQueue } from "./signature.ts";

/** What a client of Celery 5.7.0 put on the wire, the ids made short; R is its reply queue. */
const EMBEDS = {
  "a chain": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"add","args":[1],"kwargs":{},"options":{"task_id":"a",
    "reply_to":"R"},"subtask_type":null,"immutable":false},{"task":"mul","args":[8],"kwargs":{},"options":{
    "task_id":"b","reply_to":"R"},"subtask_type":null,"immutable":false}],"chord":null}`,
  "nested chains": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"log","args":[],"kwargs":{},"options":{"task_id":"a",
    "reply_to":"R"},"subtask_type":null,"immutable":true},{"task":"mul","args":[2],"kwargs":{},"options":{
    "task_id":"b","reply_to":"R"},"subtask_type":null,"immutable":false},{"task":"add","args":[1],"kwargs":{},
    "options":{"task_id":"c","reply_to":"R"},"subtask_type":null,"immutable":false},{"task":"mul","args":[8],
    "kwargs":{},"options":{"task_id":"d","reply_to":"R"},"subtask_type":null,"immutable":false}],"chord":null}`,
  "a chain that ends in a group": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":
    "mul","args":[8],"kwargs":{},"options":{"task_id":"a","reply_to":"R","group_index":0},"subtask_type":null,
    "immutable":false},{"task":"add","args":[1],"kwargs":{},"options":{"task_id":"b","reply_to":"R",
    "group_index":1},"subtask_type":null,"immutable":false}]},"options":{"task_id":"c","root_id":null,
    "parent_id":null},"subtask_type":"group","immutable":false}],"chord":null}`,
  "a chord in a chain": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"log","args":[],"kwargs":{},"options":{"task_id":"a",
    "reply_to":"R"},"subtask_type":null,"immutable":false},{"task":"celery.chord","args":[],"kwargs":{
    "kwargs":{},"header":{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"mul","args":[8],
    "kwargs":{},"options":{"task_id":"b","reply_to":"R","group_index":0},"subtask_type":null,"immutable":false
    },{"task":"celery.chain","args":[],"kwargs":{"tasks":[{"task":"add","args":[1],"kwargs":{},"options":{
    "task_id":"c","reply_to":"R"},"subtask_type":null,"immutable":false},{"task":"mul","args":[3],"kwargs":{},
    "options":{"task_id":"d","reply_to":"R","group_index":1},"subtask_type":null,"immutable":false}]},
    "options":{"task_id":"d"},"subtask_type":"chain","immutable":false}]},"options":{"task_id":"e","root_id":
    null,"parent_id":null},"subtask_type":"group","immutable":false},"body":{"task":"sum","args":[],"kwargs":{
    },"options":{"task_id":"f","reply_to":"R"},"subtask_type":null,"immutable":false}},"options":{"task_id":
    "e"},"subtask_type":"chord","immutable":false}],"chord":null}`,
  "a group into a group": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},
    "header":{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"mul","args":[1],"kwargs":{},
    "options":{"task_id":"a","reply_to":"R","group_index":0},"subtask_type":null,"immutable":false},{"task":
    "mul","args":[2],"kwargs":{},"options":{"task_id":"b","reply_to":"R","group_index":1},"subtask_type":null,
    "immutable":false}]},"options":{"task_id":"c","root_id":null,"parent_id":null},"subtask_type":"group",
    "immutable":false},"body":{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"sum","args":[],
    "kwargs":{},"options":{"task_id":"d","reply_to":"R","group_index":0},"subtask_type":null,"immutable":false
    },{"task":"sum","args":[],"kwargs":{},"options":{"task_id":"e","reply_to":"R","group_index":1},
    "subtask_type":null,"immutable":false}]},"options":{"task_id":"f","root_id":null,"parent_id":null},
    "subtask_type":"group","immutable":false}},"options":{"root_id":null,"task_id":"c"},"subtask_type":
    "chord","immutable":false}],"chord":null}`,
  "a group into a group into a task": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},
    "header":{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"mul","args":[1],"kwargs":{},
    "options":{"task_id":"a","reply_to":"R","group_index":0},"subtask_type":null,"immutable":false},{"task":
    "mul","args":[2],"kwargs":{},"options":{"task_id":"b","reply_to":"R","group_index":1},"subtask_type":null,
    "immutable":false}]},"options":{"task_id":"c","root_id":null,"parent_id":null},"subtask_type":"group",
    "immutable":false},"body":{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},"header":{"task":
    "celery.group","args":[],"kwargs":{"tasks":[{"task":"sum","args":[],"kwargs":{},"options":{"task_id":"d",
    "reply_to":"R","group_index":0},"subtask_type":null,"immutable":false},{"task":"sum","args":[],"kwargs":{
    },"options":{"task_id":"e","reply_to":"R","group_index":1},"subtask_type":null,"immutable":false}]},
    "options":{"task_id":"f","root_id":null,"parent_id":null},"subtask_type":"group","immutable":false},
    "body":{"task":"add","args":[1],"kwargs":{},"options":{"task_id":"g","reply_to":"R"},"subtask_type":null,
    "immutable":false}},"options":{"task_id":"f"},"subtask_type":"chord","immutable":false}},"options":{
    "root_id":null,"task_id":"c"},"subtask_type":"chord","immutable":false}],"chord":null}`,
  "a chord whose body is a group, with a tail": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},
    "header":{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"mul","args":[1],"kwargs":{},
    "options":{"task_id":"a","reply_to":"R","group_index":0},"subtask_type":null,"immutable":false},{"task":
    "mul","args":[2],"kwargs":{},"options":{"task_id":"b","reply_to":"R","group_index":1},"subtask_type":null,
    "immutable":false}]},"options":{"task_id":"c","root_id":null,"parent_id":null},"subtask_type":"group",
    "immutable":false},"body":{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},"header":{"task":
    "celery.group","args":[],"kwargs":{"tasks":[{"task":"sum","args":[],"kwargs":{},"options":{"task_id":"d",
    "reply_to":"R","group_index":0},"subtask_type":null,"immutable":false},{"task":"sum","args":[],"kwargs":{
    },"options":{"task_id":"e","reply_to":"R","group_index":1},"subtask_type":null,"immutable":false}]},
    "options":{"task_id":"f","root_id":null,"parent_id":null},"subtask_type":"group","immutable":false},
    "body":{"task":"sum","args":[],"kwargs":{},"options":{"task_id":"g","reply_to":"R"},"subtask_type":null,
    "immutable":false}},"options":{"task_id":"f"},"subtask_type":"chord","immutable":false}},"options":{
    "task_id":"c"},"subtask_type":"chord","immutable":false}],"chord":null}`,
  "a chord with a chain that ends in a group": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},
    "header":{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"celery.chain","args":[],"kwargs":{
    "tasks":[{"task":"mul","args":[1],"kwargs":{},"options":{"task_id":"a","reply_to":"R"},"subtask_type":
    null,"immutable":false},{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"add","args":[1],
    "kwargs":{},"options":{"task_id":"b","reply_to":"R","group_index":0},"subtask_type":null,"immutable":false
    },{"task":"add","args":[2],"kwargs":{},"options":{"task_id":"c","reply_to":"R","group_index":1},
    "subtask_type":null,"immutable":false}]},"options":{"task_id":"d","group_index":0,"root_id":null,
    "parent_id":null},"subtask_type":"group","immutable":false}]},"options":{"task_id":"d"},"subtask_type":
    "chain","immutable":false},{"task":"mul","args":[2],"kwargs":{},"options":{"task_id":"e","reply_to":"R",
    "group_index":1},"subtask_type":null,"immutable":false}]},"options":{"task_id":"f","root_id":null,
    "parent_id":null},"subtask_type":"group","immutable":false},"body":{"task":"log","args":[],"kwargs":{},
    "options":{"task_id":"g","reply_to":"R"},"subtask_type":null,"immutable":false}},"options":{"task_id":"f"
    },"subtask_type":"chord","immutable":false}],"chord":null}`,
  "a chord in a chord": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},
    "header":{"task":"celery.group","args":[],"kwargs":{"tasks":[{"task":"mul","args":[8],"kwargs":{},
    "options":{"task_id":"a","reply_to":"R","group_index":0},"subtask_type":null,"immutable":false},{"task":
    "celery.chord","args":[],"kwargs":{"kwargs":{},"header":{"task":"celery.group","args":[],"kwargs":{
    "tasks":[{"task":"add","args":[1],"kwargs":{},"options":{"task_id":"b","reply_to":"R","group_index":0},
    "subtask_type":null,"immutable":false},{"task":"add","args":[2],"kwargs":{},"options":{"task_id":"c",
    "reply_to":"R","group_index":1},"subtask_type":null,"immutable":false}]},"options":{"task_id":"d",
    "root_id":null,"parent_id":null},"subtask_type":"group","immutable":false},"body":{"task":"sum","args":[],
    "kwargs":{},"options":{"task_id":"e","reply_to":"R","group_index":1},"subtask_type":null,"immutable":false
    }},"options":{"task_id":"d"},"subtask_type":"chord","immutable":false}]},"options":{"task_id":"f",
    "root_id":null,"parent_id":null},"subtask_type":"group","immutable":false},"body":{"task":"sum","args":[],
    "kwargs":{},"options":{"task_id":"g","reply_to":"R"},"subtask_type":null,"immutable":false}},"options":{
    "task_id":"f"},"subtask_type":"chord","immutable":false}],"chord":null}`,
  "an empty chord": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.chord","args":[],"kwargs":{"kwargs":{},
    "header":{"task":"celery.group","args":[],"kwargs":{"tasks":[]},"options":{"task_id":"a","root_id":null,
    "parent_id":null},"subtask_type":"group","immutable":false},"body":{"task":"sum","args":[],"kwargs":{},
    "options":{"task_id":"b","reply_to":"R"},"subtask_type":null,"immutable":false}},"options":{"task_id":"a"
    },"subtask_type":"chord","immutable":false}],"chord":null}`,
  links: `
    {"callbacks":[{"task":"log","args":[1],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}],
    "errbacks":[{"task":"log","args":[],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}],
    "chain":null,"chord":null}`,
  options: `
    {"callbacks":null,"errbacks":[{"task":"log","args":[],"kwargs":{},"options":{},"subtask_type":null,
    "immutable":false}],"chain":[{"task":"log","args":[],"kwargs":{},"options":{"link":{"task":"log","args":[
    "done"],"kwargs":{},"options":{},"subtask_type":null,"immutable":false},"task_id":"a","reply_to":"R",
    "link_error":[{"task":"log","args":[],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}]},
    "subtask_type":null,"immutable":true},{"task":"mul","args":[8],"kwargs":{},"options":{"countdown":3.5,
    "queue":"slow","priority":4,"headers":{"tenant":"b"},"expires":30,"task_id":"b","reply_to":"R",
    "link_error":[{"task":"log","args":[],"kwargs":{},"options":{},"subtask_type":null,"immutable":false}]},
    "subtask_type":null,"immutable":false}],"chord":null}`,
  "a map": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"celery.map","args":[],"kwargs":{"task":{"task":"add",
    "args":[],"kwargs":{},"options":{},"subtask_type":null,"immutable":false},"it":[[1,2]]},"options":{
    "task_id":"a","reply_to":"R"},"subtask_type":null,"immutable":true}],"chord":null}`,
  "keyword arguments": `
    {"callbacks":null,"errbacks":null,"chain":[{"task":"mul","args":[],"kwargs":{"y":3},"options":{"task_id":
    "a","reply_to":"R"},"subtask_type":null,"immutable":false}],"chord":null}`,
} as const;

describe("what Celery 5.7 sends of a flow is read:", () => {
  test.each<[name: keyof typeof EMBEDS, plan: string]>([
    ["a chain", "mul#b(8) → add#a(1)"],
    ["nested chains", "mul#d(8) → add#c(1) → mul#b(2) → log!#a()"],
    ["a chain that ends in a group", "[mul#a(8) | add#b(1)]#c"],
    ["a chord in a chain", "[mul#b(8) | {add#c(1) → mul#d(3)}]#e → sum#f() → log#a()"],
    ["a chord in a chord", "[mul#a(8) | {[add#b(1) | add#c(2)]#d → sum#e()}]#f → sum#g()"],
    ["an empty chord", "[]#a → sum#b()"],
    ["a map", "celery.map!#a(task=, it=)"],
    ["keyword arguments", "mul#a(y=)"],
  ])("%s", (name, plan) => expect(planOf(name)).toBe(plan));

  // Where something waits for a group, a gather does: `advance` goes on from a task only.
  test.each<[name: keyof typeof EMBEDS, plan: string]>([
    ["a group into a group", "[mul#a(1) | mul#b(2)]#c → umbel.gather#c+gather() → [sum#d() | sum#e()]#f"],
    [
      "a group into a group into a task",
      "[mul#a(1) | mul#b(2)]#c → umbel.gather#c+gather() → [sum#d() | sum#e()]#f → add#g(1)",
    ],
    [
      "a chord whose body is a group, with a tail",
      "[mul#a(1) | mul#b(2)]#c → umbel.gather#c+gather() → [sum#d() | sum#e()]#f → sum#g()",
    ],
    [
      "a chord with a chain that ends in a group",
      "[{mul#a(1) → [add#b(1) | add#c(2)]#d → umbel.gather#d+gather()} | mul#e(2)]#f → log#g()",
    ],
  ])("%s, with a gather", (name, plan) => expect(planOf(name)).toBe(plan));

  test("links, which get ids that are the same whenever they are read", () => {
    const { callbacks, errbacks } = read("links");
    expect([callbacks, errbacks].map((links) => links.map(sketch))).toEqual([
      ["log#T+link.0(1)"],
      ["log#T+error.0()"],
    ]);
    expect(read("links")).toEqual(read("links"));
  });

  test("options of a step, those that mean nothing here beside the others, and a link that is not in a list", () => {
    const { next, errbacks } = read("options");
    const [mul, log] = next.steps as readonly PlacedTask[];
    expect(mul).toMatchObject({
      id: "b",
      options: { queue: "slow", priority: 4, countdownMs: 3500, headers: { tenant: "b" } },
      foreign: { expires: 30, reply_to: "R" },
    });
    expect(log).toMatchObject({ id: "a", immutable: true, options: {}, foreign: { reply_to: "R" } });
    expect(mul?.errbacks?.map(sketch)).toEqual(["log#b+error.0()"]);
    expect(log?.callbacks?.map(sketch)).toEqual(['log#a+link.0("done")']);
    expect(log?.errbacks?.map(sketch)).toEqual(["log#a+error.0()"]);
    expect(errbacks.map(sketch)).toEqual(["log#T+error.0()"]);
  });

  test.each(Object.keys(EMBEDS) as (keyof typeof EMBEDS)[])(
    "%s is the same after an Umbel worker passed it on",
    (name) => {
      const message: Message = { ...read(name), nonce: "n" };
      const again = decodeMessage(encodeMessage(message));
      expect(again).toEqual(message);
    },
  );
});

describe("a signature may also be", () => {
  const task = { task: "add", args: [1], options: { task_id: "b" } };

  test("the least that Celery accepts", () => {
    expect(sketchOf({ chain: [{ task: "add", args: [], options: {} }] })).toBe("add#T+.0()");
  });

  test("a chord whose header is a list, as Celery before 5.7 and an unfrozen one has it", () => {
    const chord = {
      ...{ task: "celery.chord", args: [], options: {}, subtask_type: "chord" },
      kwargs: { header: [task, { ...task, options: {} }], body: { task: "sum", args: [], options: {} } },
    };
    expect(sketchOf({ chain: [chord] })).toBe("[add#b(1) | add#T+.0.1(1)]#T+.0 → sum#T+.0+body()");
  });

  test("a chord with groups at the ends of groups, each of which gets its gather", () => {
    const inner = group("I", chain(task, group("J", task)));
    const header = group("G", chain(task, inner));
    const chord = {
      task: "celery.chord",
      args: [],
      options: {},
      subtask_type: "chord",
      kwargs: { header, body: task },
    };
    expect(sketchOf({ chain: [chord] })).toBe(
      "[{add#b(1) → [{add#b(1) → [add#b(1)]#J → umbel.gather#J+gather()}]#I → umbel.gather#I+gather()}]#T+.0 → add#b(1)",
    );
  });

  test("of a task with options that are null", () => {
    const options = {
      task_id: "b",
      priority: null,
      link: null,
      link_error: null,
      headers: null,
      queue: null,
    };
    expect(read({ chain: [{ ...task, options }] }).next.steps).toEqual([
      { kind: "task", id: "b", task: "add", args: [1], kwargs: {}, immutable: false, options: {} },
    ]);
  });

  test.each<[why: string, signature: object]>([
    ["a chain has no steps", group("G", chain())],
    ["tasks of a group is absent, not a list", { ...task, subtask_type: "group", kwargs: {} }],
    ["header of a chord is absent, not a map", { ...task, subtask_type: "chord", kwargs: {} }],
    ["a signature is null, not a map", { ...task, subtask_type: "chord", kwargs: { header: [] } }],
    ["a signature is 5, not a map", { ...task, options: { link: 5 } }],
  ])("one that is refused: %s", (why, signature) => {
    expect(decodeMessage(encodedWith({ chain: [signature] }))).toMatchObject({
      undecodable: why,
      id: "T",
      task: "add",
    });
  });

  function group(id: string, ...tasks: readonly object[]): object {
    return {
      task: "celery.group",
      args: [],
      kwargs: { tasks },
      options: { task_id: id },
      subtask_type: "group",
    };
  }

  function chain(...tasks: readonly object[]): object {
    return { task: "celery.chain", args: [], kwargs: { tasks }, options: {}, subtask_type: "chain" };
  }
});

test("an error link of several steps is one call, which a Celery worker sends on, and comes back as it was", () => {
  const message = {
    ...read({ chain: [] }),
    errbacks: [{ kind: "chain" as const, steps: [step("E.0"), step("E")] }],
  };
  const [, , { errbacks }] = JSON.parse(encodeMessage(message).body) as [
    unknown,
    unknown,
    { errbacks: unknown },
  ];
  expect(errbacks).toMatchObject([{ task: "umbel.start", subtask_type: null }]);
  expect(decodeMessage(encodeMessage(message))).toMatchObject({ errbacks: message.errbacks });

  function step(id: string): PlacedTask {
    return { kind: "task", id, task: "add", args: [], kwargs: {}, immutable: false, options: {} };
  }
});

describe("steps begin where somebody serves the queue", () => {
  const taskIn = (queue: string): PlacedTask => ({
    ...{ kind: "task", id: queue, task: "add", args: [], kwargs: {}, immutable: false },
    options: queue === "" ? {} : { queue },
  });
  const groupIn = (queue: string): PlacedNode => ({
    kind: "group",
    id: "G",
    members: [taskIn(queue), taskIn("other")],
  });

  test("of the step after the group", () => {
    expect(startQueue([groupIn("members"), taskIn("body")])).toBe("body");
    expect(startQueue([groupIn("members"), taskIn("")])).toBeUndefined();
  });

  test("of its first task, where nothing follows", () => {
    expect(startQueue([groupIn("members")])).toBe("members");
    expect(
      startQueue([{ kind: "group", id: "G", members: [{ kind: "chain", steps: [taskIn("deep")] }] }]),
    ).toBe("deep");
    expect(startQueue([{ kind: "group", id: "G", members: [] }])).toBeUndefined();
    expect(startQueue([])).toBeUndefined();
  });

  test("of the first step that is in the store", () => {
    expect(startQueue([{ kind: "rest", id: "R", ends: [], queue: "stored" }])).toBe("stored");
  });
});

function planOf(name: keyof typeof EMBEDS): string {
  return read(name).next.steps.map(sketch).join(" → ");
}

function sketchOf(embed: object): string {
  return read(embed).next.steps.map(sketch).join(" → ");
}

function read(embed: keyof typeof EMBEDS | object): Message {
  const message = decodeMessage(encodedWith(typeof embed === "string" ? JSON.parse(EMBEDS[embed]) : embed));
  if (isUndecodable(message)) throw new Error(message.undecodable);
  return message;
}

/** A node in one line: a task is `name#id(args)`, with `!` when it is immutable; a group is in brackets. */
function sketch(node: PlacedNode): string {
  switch (node.kind) {
    case "task": {
      const { task, immutable, id, args, kwargs } = node;
      const named = Object.keys(kwargs).map((key) => `${key}=`);
      const bound = [...args.map((arg) => JSON.stringify(arg)), ...named];
      return `${task}${immutable ? "!" : ""}#${id}(${bound.join(", ")})`;
    }
    case "chain":
      return `{${node.steps.map(sketch).join(" → ")}}`;
    case "group":
      return `[${node.members.map(sketch).join(" | ")}]#${node.id}`;
    case "rest":
      return `…#${node.id}`;
  }
}

/** The message of `add.apply_async((2, 2))`, as a client of 5.7.0 sends it, with this embed. */
function encodedWith(embed: unknown) {
  return {
    headers: {
      ...{
        lang: "py",
        task: "add",
        id: "T",
        shadow: null,
        eta: null,
        expires: null,
        group: null,
        group_index: null,
      },
      ...{
        retries: 0,
        timelimit: [null, null],
        root_id: "T",
        parent_id: null,
        argsrepr: "(2, 2)",
        kwargsrepr: "{}",
      },
      ...{
        origin: "gen29699@host",
        ignore_result: false,
        replaced_task_nesting: 0,
        stamped_headers: null,
        stamps: {},
      },
    },
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: "T",
    replyTo: "R",
    priority: 0,
    body: JSON.stringify([[2, 2], {}, embed]),
  };
}
