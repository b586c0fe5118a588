import type { Arrival, Failure, Join, Message, PlacedNode, PlacedTask } from "@umbel/core";
import { START_TASK, failed, resultId, success } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { advance, complete, endBody, loseJoin, originOf } from "./advance.ts";
import type { Effect } from "./effect.ts";

const FAILURE: Failure = {
  name: "Error",
  message: "no",
  stack: "Error: no\n at x",
  task: "add",
  id: "x",
  code: null,
  errors: [],
};
const OUTER: Arrival = { join: "O", index: 0, size: 1, ends: ["o"], outer: null };
const INNER: Arrival = { join: "G", index: 2, size: 3, ends: ["b", "c"], outer: OUTER };

const placed = (id: string): PlacedTask => ({
  ...{ kind: "task", id, task: `task-${id}`, args: [], kwargs: {}, immutable: false, options: {} },
});
const group = (id: string, ...members: readonly PlacedNode[]): PlacedNode => ({ kind: "group", id, members });

function messageWith(said: Partial<Message>): Message {
  return {
    ...{
      id: "x",
      task: "add",
      args: [1],
      kwargs: {},
      options: {},
      flow: "F",
      parent: null,
      retries: 0,
      turn: 0,
      nonce: "n",
    },
    ...{
      suspect: false,
      next: { steps: [], join: null },
      claim: null,
      replyTo: null,
      callbacks: [],
      errbacks: [],
    },
    ...{ etaMs: null, expiresMs: null },
    ...said,
  };
}

/** An effect in a few words. */
function sketch(effect: Effect): string {
  switch (effect.kind) {
    case "store":
      return `store ${effect.ended.map(({ id, outcome }) => `${id}:${outcome.state}`).join(" ")}`;
    case "register":
      return `register ${effect.joins.map(({ id }) => id).join(" ")}`;
    case "publish":
      return `publish ${[...effect.messages].map(({ id, args }) => `${id}${JSON.stringify(args)}`).join(" ")}`;
    case "link":
      return `link ${effect.task}`;
    case "arrive":
      return `arrive ${effect.arrival.join}[${effect.arrival.index}] ${effect.ok}`;
    case "retire":
      return `retire ${effect.join}`;
    case "push":
      return `push ${effect.replyTo} ${effect.ended.map(({ id }) => id).join(" ")}`;
    case "cancel":
      return `cancel ${effect.cancel.scope}`;
    case "end":
      return `end ${effect.steps.map(resultId).join(" ")}`;
    case "count":
      return `count ${effect.id} ${effect.ok}`;
    case "undo":
      return `undo after ${effect.after}`;
    case "fail":
      return `fail ${effect.join.id} ${effect.failure.id}`;
    case "lose":
      return `lose ${effect.losers.map(({ scope }) => scope).join(" ")}`;
  }
}

const after = (message: Message, outcome: Parameters<typeof advance>[1]): readonly string[] =>
  advance(message, outcome).map(sketch);

describe("after a success", () => {
  const OK = success(4);

  test.each<[what: string, said: Partial<Message>, effects: readonly string[]]>([
    ["with nothing after it, nothing", {}, []],
    ["that somebody awaits, its outcome is pushed", { replyTo: "me" }, ["push me x"]],
    [
      "the next step begins, with the result",
      { next: { steps: [placed("b"), placed("c")], join: null } },
      ["publish b[4]"],
    ],
    [
      "the next step is not pushed for",
      { next: { steps: [placed("b")], join: null }, replyTo: "me" },
      ["publish b[4]"],
    ],
    [
      "a member arrives, and nothing is pushed",
      { next: { steps: [], join: INNER }, replyTo: "me" },
      ["arrive G[2] true"],
    ],
    [
      "a group begins, its join first",
      { next: { steps: [group("H", placed("H.0"), placed("H.1")), placed("b")], join: INNER } },
      ["register H", "publish H.0[4] H.1[4]"],
    ],
    [
      "of a body, its join is let go after all else",
      { claim: "G", next: { steps: [placed("b")], join: null } },
      ["publish b[4]", "retire G"],
    ],
    [
      "of a body at the end, whoever waits is told before its join is let go",
      { claim: "G", replyTo: "me" },
      ["push me x", "retire G"],
    ],
    [
      "links are sent the result, before the flow goes on",
      {
        callbacks: [placed("l"), placed("m")],
        errbacks: [placed("e")],
        next: { steps: [placed("b")], join: null },
      },
      ["publish l[4]", "publish m[4]", "publish b[4]"],
    ],
    [
      "links are sent the result, before the arrival",
      { callbacks: [placed("l")], next: { steps: [], join: INNER } },
      ["publish l[4]", "arrive G[2] true"],
    ],
  ])("%s", (_, said, effects) => expect(after(messageWith(said), OK)).toEqual(effects));

  test("a link goes nowhere, and is nobody's to await", () => {
    const [publish] = advance(
      messageWith({ callbacks: [placed("l")], replyTo: "me", next: { steps: [], join: INNER } }),
      OK,
    );
    expect(publish).toMatchObject({
      messages: [{ id: "l", replyTo: null, parent: "x", next: { steps: [], join: null } }],
    });
  });

  test("a link may be a flow, which begins as any other", () => {
    const first = { kind: "group" as const, id: "L.0", members: [placed("L.0.0")] };
    const link = { kind: "chain" as const, steps: [first, placed("L")] };
    expect(after(messageWith({ callbacks: [link] }), OK)).toEqual(["register L.0", "publish L.0.0[4]"]);
  });

  test("the next step's message is of the same flow, sent by this task", () => {
    const message = messageWith({ replyTo: "me", next: { steps: [placed("b"), placed("c")], join: INNER } });
    expect(advance(message, OK)).toMatchObject([
      {
        messages: [
          { flow: "F", parent: "x", replyTo: "me", claim: null, next: { steps: [{ id: "c" }], join: INNER } },
        ],
      },
    ]);
  });
});

describe("after a failure", () => {
  const BAD = failed(FAILURE);

  test.each<[what: string, said: Partial<Message>, effects: readonly string[]]>([
    ["with nothing after it, nothing", {}, []],
    ["that somebody awaits, its outcome is pushed", { replyTo: "me" }, ["push me x"]],
    [
      "everything downstream fails, members of groups too, and the caller hears of it",
      { replyTo: "me", next: { steps: [placed("b"), group("H", placed("H.0")), placed("c")], join: null } },
      ["store b:FAILURE H.0:FAILURE c:FAILURE", "push me b H.0 c"],
    ],
    [
      "everything up to the next join fails, and that member arrives as failed",
      { replyTo: "me", next: { steps: [placed("b")], join: INNER } },
      ["store b:FAILURE", "arrive G[2] false"],
    ],
    ["a member arrives as failed", { next: { steps: [], join: INNER } }, ["arrive G[2] false"]],
    [
      "steps in the store fail unread",
      { next: { steps: [{ kind: "rest", id: "F.1", ends: ["F.1~2", "F"] }], join: null } },
      ["store F.1:FAILURE F.2:FAILURE F:FAILURE"],
    ],
    ["of a body, its join is let go", { claim: "G", replyTo: "me" }, ["push me x", "retire G"]],
    [
      "error links are sent the id of the task",
      { callbacks: [placed("l")], errbacks: [placed("e")] },
      ['publish e["x"]'],
    ],
  ])("%s", (_, said, effects) => expect(after(messageWith(said), BAD)).toEqual(effects));

  test("what is downstream has the same failure, which names the task that failed", () => {
    const message = messageWith({ next: { steps: [placed("b")], join: null } });
    expect(advance(message, BAD)).toEqual([
      { kind: "store", ended: [{ id: "b", task: "task-b", outcome: BAD }] },
    ]);
  });
});

describe("the start of a flow", () => {
  const steps = [group("F.0", placed("F.0.0")), placed("F")];

  test("begins its steps, with the input", () => {
    const message = messageWith({ task: START_TASK, id: "F.0", args: [1, 2], next: { steps, join: null } });
    expect(after(message, null)).toEqual(["register F.0", "publish F.0.0[1,2]"]);
  });

  test("that could not begin fails all of it", () => {
    const message = messageWith({ task: START_TASK, id: "F.0", next: { steps, join: null }, replyTo: "me" });
    expect(after(message, failed(FAILURE))).toEqual(["end F.0 F"]);
    const join = { join: "G", index: 1, size: 2, ends: [], outer: null };
    const member = messageWith({ task: START_TASK, id: "F.0", next: { steps, join } });
    expect(after(member, failed(FAILURE))).toEqual(["end F.0 F", "arrive G[1] false"]);
  });

  test("is the only message without an outcome", () => {
    expect(() => advance(messageWith({}), null)).toThrow("task x has no outcome to go on from");
  });
});

describe("a join that is complete", () => {
  const JOIN: Join = {
    ...{ id: "G", size: 2, flow: "F", replyTo: "me", members: null },
    next: { steps: [{ ...placed("b"), args: ["bound"] }, placed("c")], join: OUTER },
  };

  test("publishes its body with the results in the order of the group", () => {
    const effects = complete(JOIN, [success(1), success([2])]);
    expect(effects.map(sketch)).toEqual(['publish b[[1,[2]],"bound"]']);
    expect(effects).toMatchObject([
      {
        messages: [
          { claim: "G", flow: "F", parent: "G", replyTo: "me", next: { steps: [{ id: "c" }], join: OUTER } },
        ],
      },
    ]);
  });

  test("fails its body", () => {
    expect(complete(JOIN, [success(1), failed(FAILURE)]).map(sketch)).toEqual(["fail G x"]);
  });

  test("whose body has failed fails what follows, arrives further out, and is let go", () => {
    const effects = endBody(JOIN, failed(FAILURE));
    expect(effects.map(sketch)).toEqual(["store c:FAILURE", "arrive O[0] false", "retire G"]);
  });

  test("whose body has succeeded is gone on from by that alone", () => {
    expect(endBody(JOIN, success(1))).toEqual([]);
  });

  test("publishes its body with a record, where the group has keys", () => {
    const effects = complete({ ...JOIN, keys: ["x", "y"] }, [success(1), success([2])]);
    expect(effects.map(sketch)).toEqual(['publish b[{"x":1,"y":[2]},"bound"]']);
  });

  test("that fails begins the error links of its body, with the body's id, and no others", () => {
    const linked = (id: string): PlacedTask => ({
      ...placed(id),
      callbacks: [placed("no")],
      errbacks: [placed(`${id}+e`)],
    });
    const next = { steps: [linked("b"), linked("c")], join: OUTER };
    const effects = endBody({ ...JOIN, next }, failed(FAILURE));
    const rest = ["store c:FAILURE", "arrive O[0] false", "retire G"];
    expect(effects.map(sketch)).toEqual(['publish b+e["b"]', ...rest]);
  });

  test("at the end of the flow tells the caller of its failure", () => {
    const last = { ...JOIN, next: { steps: [placed("b")], join: null } };
    expect(endBody(last, failed(FAILURE)).map(sketch)).toEqual(["push me b", "retire G"]);
  });

  test("has one failure, the first member's, with those of all", () => {
    const second = { ...FAILURE, id: "y", message: "neither" };
    const [effect] = complete({ ...JOIN, size: 3 }, [success(1), failed(FAILURE), failed(second)]);
    const errors = [
      { id: "x", stack: null },
      { id: "y", stack: null },
    ];
    expect(effect).toMatchObject({ failure: { id: "x", stack: FAILURE.stack, errors } });
  });

  test("fails where the outcome of a member is gone", () => {
    const [effect] = complete(JOIN, [success(1), undefined]);
    const message = "the outcome of member 1 (G.1) is gone; did it expire?";
    expect(effect).toMatchObject({ failure: { code: "OUTCOME_LOST", id: "G.1", message } });
    const [foreign] = complete({ ...JOIN, members: ["p", "q"] }, [undefined, success(1)]);
    expect(foreign).toMatchObject({ failure: { id: "p" } });
  });
});

describe("a join that was lost", () => {
  test("fails what follows it, and arrives further out", () => {
    const effects = loseJoin(INNER, { replyTo: "me" });
    expect(effects.map(sketch)).toEqual(["store b:FAILURE c:FAILURE", "arrive O[0] false"]);
    const message = "the join G was gone when member 2 of 3 arrived; was its document deleted?";
    expect(effects[0]).toMatchObject({
      ended: [
        { id: "b", outcome: { failure: { code: "JOIN_LOST", message, task: "umbel.join", id: "b" } } },
        {},
      ],
    });
  });

  test("at the end of the flow tells the caller", () => {
    const effects = loseJoin({ ...INNER, outer: null }, { replyTo: "me" });
    expect(effects.map(sketch)).toEqual(["store b:FAILURE c:FAILURE", "push me b c"]);
    expect(loseJoin({ ...INNER, outer: null }, { replyTo: null }).map(sketch)).toHaveLength(1);
  });
});

test("what a message sends comes from its task, in its flow", () => {
  expect(originOf(messageWith({ replyTo: "me" }))).toEqual({ flow: "F", parent: "x", replyTo: "me" });
});
