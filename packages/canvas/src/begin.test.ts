import type { Arrival, Continuation, Message, Node, PlacedNode, PlacedTask, TaskNode } from "@umbel/core";
import { describe, expect, test } from "vitest";
import type { Origin } from "./begin.ts";
import { begin, bodyMessage, hasJoin, messageFor } from "./begin.ts";
import { doom } from "./doom.ts";
import type { Effect } from "./effect.ts";
import { place } from "./place.ts";

const ORIGIN: Origin = { flow: "F", parent: "P", replyTo: "umbel.reply.me" };
const OUTER: Arrival = { join: "O", index: 1, size: 2, ends: ["O"], outer: null };

const task = (name: string): TaskNode => ({
  kind: "task",
  task: name,
  args: [],
  kwargs: {},
  immutable: false,
  options: {},
});
const chain = (...steps: readonly Node[]): Node => ({ kind: "chain", steps });
const group = (...members: readonly Node[]): Node => ({ kind: "group", members });
const [a, b, c, d] = ["a", "b", "c", "d"].map(task) as [Node, Node, Node, Node];

function stepsOf(node: Node, id = "F"): readonly PlacedNode[] {
  const plan = place(node, id);
  return plan.kind === "chain" ? plan.steps : [plan];
}

/** The effects, a line each: what is registered, outer first, and what is published with which arguments. */
function sketch(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.kind === "register") return effect.joins.map(({ id, size }) => `register ${id}/${size}`);
    if (effect.kind !== "publish") return [effect.kind];
    return messagesIn(effect).map(
      ({ id, args, next }) => `publish ${id}${JSON.stringify(args)}${arrivals(next)}`,
    );
  });
}

function messagesIn(effect: Effect | undefined): readonly Message[] {
  return effect?.kind === "publish" ? [...effect.messages] : [];
}

function arrivals({ join }: Continuation): string {
  return join === null ? "" : ` → ${join.join}[${join.index}]`;
}

describe("what begins", () => {
  test.each<[what: string, node: Node, effects: readonly string[]]>([
    ["is a task's message", a, ["publish F[1]"]],
    ["is a chain's first task", chain(a, b), ["publish F.0[1]"]],
    [
      "are all members of a group that nothing follows, with no join",
      group(a, b),
      ["publish F.0[1]", "publish F.1[1]"],
    ],
    [
      "is a group's join, and then its members",
      chain(group(a, b), c),
      ["register F.0/2", "publish F.0.0[1] → F.0[0]", "publish F.0.1[1] → F.0[1]"],
    ],
    [
      "are joins, outer first, before any member",
      chain(group(a, chain(group(b, c), d)), d),
      [
        ...["register F.0/2", "register F.0.1.0/2", "publish F.0.0[1] → F.0[0]"],
        ...["publish F.0.1.0.0[1] → F.0.1.0[0]", "publish F.0.1.0.1[1] → F.0.1.0[1]"],
      ],
    ],
    ["is an empty group's body, at once", chain(group(), a, b), ["register F.0/0", "publish F.1[[]]"]],
    [
      "is an empty group's gather, where it is a member",
      chain(group(group()), a),
      ["register F.0/1", "register F.0.0.0/0", "publish F.0.0[[]] → F.0[0]"],
    ],
  ])("%s", (_, node, effects) => {
    expect(sketch(begin({ steps: stepsOf(node), join: null }, [1], ORIGIN))).toEqual(effects);
  });

  test("arrives in the end where the whole was to arrive", () => {
    const [register, publish] = begin({ steps: stepsOf(chain(group(a), b)), join: OUTER }, [], ORIGIN);
    expect(register).toMatchObject({ joins: [{ id: "F.0", next: { steps: [{ id: "F" }], join: OUTER } }] });
    expect(messagesIn(publish)).toMatchObject([
      { next: { steps: [], join: { join: "F.0", index: 0, size: 1, ends: ["F"], outer: OUTER } } },
    ]);
  });

  test("is nothing, where there is nothing", () => {
    expect(begin({ steps: [], join: null }, [], ORIGIN)).toEqual([]);
    expect(begin({ steps: stepsOf(group()), join: null }, [], ORIGIN)).toEqual([]);
  });

  test("is refused, where it was not loaded", () => {
    const next = { steps: [{ kind: "rest", id: "F.5", ends: [] }] as const, join: null };
    expect(() => begin(next, [], ORIGIN)).toThrow(
      "the steps F.5 are in the store and have to be loaded before they begin",
    );
  });
});

describe("a join", () => {
  function joinOf(steps: readonly PlacedNode[]) {
    const [effect] = begin({ steps, join: null }, [], ORIGIN);
    if (effect?.kind !== "register") throw new Error("no join");
    return effect.joins[0];
  }

  test("knows what comes next, the flow and its caller", () => {
    const steps = stepsOf(chain(group(a), b, c));
    expect(joinOf(steps)).toEqual({
      ...{ id: "F.0", size: 1, flow: "F", replyTo: "umbel.reply.me", members: null },
      next: { steps: steps.slice(1), join: null },
    });
  });

  test("keeps the members' ids where they do not follow from its own", () => {
    const foreign: PlacedNode = { kind: "group", id: "G", members: [{ ...placed("x") }, { ...placed("y") }] };
    expect(joinOf([foreign, placed("z")])).toMatchObject({ members: ["x", "y"] });
  });

  test("waits for a member's last step, though that is in the store", () => {
    const member: PlacedNode = {
      kind: "chain",
      steps: [placed("G.0.0"), { kind: "rest", id: "G.0.1", ends: ["G.0.1~9", "G.0"] }],
    };
    expect(joinOf([{ kind: "group", id: "G", members: [member] }, placed("z")])).toMatchObject({
      members: null,
    });
  });

  test("is told to each member with all that would fail without it", () => {
    const steps = stepsOf(chain(group(a), b, group(c), d));
    const [, publish] = begin({ steps, join: null }, [], ORIGIN);
    expect(messagesIn(publish)).toMatchObject([{ next: { join: { ends: ["F.1", "F.2.0", "F"] } } }]);
  });

  test("is told with the body and the last only, where much follows it", () => {
    const many = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? a : group(b)));
    const [, publish] = begin({ steps: stepsOf(chain(group(a), ...many, c)), join: null }, [], ORIGIN);
    expect(messagesIn(publish)).toMatchObject([{ next: { join: { ends: ["F.1", "F"] } } }]);
  });

  test("is told with the last, also where that is in the store", () => {
    const ends = Array.from({ length: 60 }, (_, i) => `x${i}.0`);
    const header: PlacedNode = { kind: "group", id: "G", members: [placed("G.0")] };
    const steps: readonly PlacedNode[] = [
      header,
      placed("b"),
      { kind: "rest", id: "R", ends: [...ends, "F"] },
    ];
    const [, publish] = begin({ steps, join: null }, [], ORIGIN);
    expect(messagesIn(publish)).toMatchObject([{ next: { join: { ends: ["b", "F"] } } }]);
  });
});

test("a flow has a join where a group has something after it, anywhere", () => {
  const joins = (node: Node): boolean => hasJoin(place(node, "F"));
  expect(
    [a, chain(a, b), group(a, b), chain(a, group(b)), group(group(a), chain(b, group(c)))].map(joins),
  ).toEqual([false, false, false, false, false]);
  expect(
    [
      chain(group(a), b),
      chain(a, group(b), c),
      group(a, chain(group(b), c)),
      chain(a, group(chain(group(b), c))),
      chain(group(), a),
    ].map(joins),
  ).toEqual([true, true, true, true, true]);
});

describe("a message", () => {
  test("has its step, and nothing yet of its publication", () => {
    const link = placed("L");
    const step: PlacedTask = {
      ...placed("x"),
      ...{
        args: [8],
        kwargs: { y: 1 },
        options: { queue: "q" },
        callbacks: [link],
        errbacks: [link],
        foreign: { expires: 1 },
      },
    };
    expect(messageFor(step, [1], { steps: [], join: OUTER }, ORIGIN, "C")).toEqual({
      ...{
        id: "x",
        task: "x",
        args: [1, 8],
        kwargs: { y: 1 },
        options: { queue: "q" },
        flow: "F",
        parent: "P",
        retries: 0,
        turn: 0,
      },
      ...{
        nonce: null,
        suspect: false,
        next: { steps: [], join: OUTER },
        claim: "C",
        replyTo: "umbel.reply.me",
      },
      ...{ callbacks: [link], errbacks: [link], etaMs: null, expiresMs: null },
    });
  });

  test("of a body has the list of results in front, and the join's claim", () => {
    const next: Continuation = { steps: [{ ...placed("x"), args: ["bound"] }, placed("y")], join: OUTER };
    expect(bodyMessage("G", next, [1, [2]], ORIGIN)).toMatchObject({
      ...{ id: "x", args: [[1, [2]], "bound"], claim: "G" },
      next: { steps: [{ id: "y" }], join: OUTER },
    });
    expect(
      bodyMessage("G", { steps: [{ ...placed("x"), immutable: true }], join: null }, [1], ORIGIN).args,
    ).toEqual([]);
  });

  test("of a body that is no task is refused", () => {
    expect(() => bodyMessage("G", { steps: [], join: null }, [], ORIGIN)).toThrow("join G has no body");
    expect(() => bodyMessage("G", { steps: stepsOf(group(a)), join: null }, [], ORIGIN)).toThrow(
      "join G has no body",
    );
  });
});

function placed(id: string): PlacedTask {
  return { kind: "task", id, task: id, args: [], kwargs: {}, immutable: false, options: {} };
}

describe("what follows in a long chain", () => {
  const tailAfter = (node: Node): readonly PlacedNode[] => {
    const [first] = begin({ steps: stepsOf(node), join: null }, [], ORIGIN);
    return messagesIn(first)[0]?.next.steps ?? [];
  };
  const flat = (steps: readonly PlacedNode[]): readonly PlacedNode[] =>
    steps.flatMap((step) => (step.kind === "chain" ? flat(step.steps) : [step]));

  test("is one chain behind some steps, so that it is not copied at each of them", () => {
    const long = chain(...Array.from({ length: 1000 }, () => a));
    const tail = tailAfter(long);
    expect(tail.length).toBeLessThan(100);
    expect(tail.at(-1)?.kind).toBe("chain");
    expect(flat(tail)).toEqual(stepsOf(long).slice(1));
  });

  test("is not cut between a group and its body", () => {
    for (const shift of [0, 1]) {
      const steps = Array.from({ length: 600 }, (_, k) => (k % 2 === shift && k > 0 ? group(a, b) : c));
      const tail = tailAfter(chain(...steps));
      expect(tail.at(-1)?.kind).toBe("chain");
      expect(tail.at(-2)?.kind).toBe("task");
    }
  });

  test("fails as a whole with the step before it", () => {
    const { next } = {
      next: { steps: tailAfter(chain(...Array.from({ length: 1000 }, () => a))), join: null },
    };
    const failure = { name: "E", message: "", stack: null, task: "a", id: "F.0", code: null, errors: [] };
    const [stored] = doom(next, failure, ORIGIN);
    expect(stored?.kind === "store" ? stored.ended.length : 0).toBe(999);
  });
});

test("the messages of a group's members are made when they are asked for, and again", () => {
  const large = group(...Array.from({ length: 3 }, () => a), group(b));
  const [publish] = begin({ steps: stepsOf(large), join: null }, [1], ORIGIN);
  const plain = begin({ steps: stepsOf(group(a, a)), join: null }, [1], ORIGIN)[0];
  expect(messagesIn(publish).map(({ id }) => id)).toEqual(["F.0", "F.1", "F.2", "F.3.0"]);
  expect(messagesIn(plain)).toEqual(messagesIn(plain));
  expect(messagesIn(plain)[0]).not.toBe(messagesIn(plain)[0]);
  expect(plain?.kind === "publish" && plain.messages.length).toBe(2);
});
