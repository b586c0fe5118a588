import type { Node, PlacedNode, TaskNode } from "@umbel/core";
import { GATHER_TASK, MAX_MEMBERS, resultId } from "@umbel/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { place } from "./place.ts";

const task = (name: string, queue?: string): TaskNode => ({
  kind: "task",
  task: name,
  args: [],
  kwargs: {},
  immutable: false,
  options: queue === undefined ? {} : { queue },
});
const chain = (...steps: readonly Node[]): Node => ({ kind: "chain", steps });
const group = (...members: readonly Node[]): Node => ({ kind: "group", members });
const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => task(name)) as [Node, Node, Node, Node];

describe("what is placed has its ids from its place:", () => {
  test.each<[what: string, node: Node, placed: string]>([
    ["a task has the flow's", a, "a#F"],
    ["a chain's last task has the chain's", chain(a, b, c), "a#F.0 → b#F.1 → c#F"],
    ["a group has the flow's, its members their place in it", group(a, b), "[a#F.0 | b#F.1]#F"],
    ["a chain in a group ends under its place in the group", group(chain(a, b)), "[a#F.0.0 → b#F.0]#F"],
    ["a chord's body has the flow's", chain(group(a, b), c), "[a#F.0.0 | b#F.0.1]#F.0 → c#F"],
    [
      "a chain that ends in a group keeps the place of the group",
      chain(a, group(b)),
      "a#F.0 → [b#F.1.0]#F.1",
    ],
    [
      "chains in a chain are one chain",
      chain(chain(a), chain(b, chain(c, d))),
      "a#F.0 → b#F.1 → c#F.2 → d#F",
    ],
    ["a chain of one step is that step", chain(chain(a)), "a#F"],
    ["an empty group is one", chain(group(), a), "[]#F.0 → a#F"],
  ])("%s", (_, node, placed) => expect(sketch(place(node, "F"))).toBe(placed));
});

describe("a gather stands", () => {
  test.each<[what: string, node: Node, placed: string]>([
    [
      "between a group and a group",
      chain(group(a), group(b)),
      `[a#F.0.0]#F.0 → ${GATHER_TASK}#F.1 → [b#F.2.0]#F.2`,
    ],
    [
      "after a group that is a member of a group with a body",
      chain(group(group(a), b), c),
      `[[a#F.0.0.0.0]#F.0.0.0 → ${GATHER_TASK}#F.0.0 | b#F.0.1]#F.0 → c#F`,
    ],
    [
      "after a group that ends a member of a group with a body",
      chain(group(chain(a, group(b))), c),
      `[a#F.0.0.0 → [b#F.0.0.1.0]#F.0.0.1 → ${GATHER_TASK}#F.0.0]#F.0 → c#F`,
    ],
    [
      "after each of groups in groups in one with a body",
      chain(group(group(group(a))), b),
      `[[[a#F.0.0.0.0.0.0]#F.0.0.0.0.0 → ${GATHER_TASK}#F.0.0.0.0]#F.0.0.0 → ${GATHER_TASK}#F.0.0]#F.0 → b#F`,
    ],
  ])("%s", (_, node, placed) => expect(sketch(place(node, "F"))).toBe(placed));

  test.each<[what: string, node: Node, placed: string]>([
    ["at the end of a flow", chain(a, group(b)), "a#F.0 → [b#F.1.0]#F.1"],
    [
      "in a group that nothing follows",
      group(group(a), chain(b, group(c))),
      "[[a#F.0.0]#F.0 | b#F.1.0 → [c#F.1.1.0]#F.1.1]#F",
    ],
    ["before a task", chain(group(a), b), "[a#F.0.0]#F.0 → b#F"],
  ])("not %s", (_, node, placed) => expect(sketch(place(node, "F"))).toBe(placed));

  test("in the queue of the group's first task", () => {
    const queues = (node: Node): readonly (string | undefined)[] =>
      tasksIn(place(node, "F")).flatMap((each) => (each.task === GATHER_TASK ? [each.options.queue] : []));
    expect(queues(chain(group(chain(task("a", "slow"), b), c), group(d)))).toEqual(["slow"]);
    expect(queues(chain(group(a), group(b)))).toEqual([undefined]);
    expect(queues(chain(group(), group(b)))).toEqual([undefined]);
  });
});

describe("whatever is placed,", () => {
  test("no two tasks or groups have one id, and all begin with the flow's", () => {
    fc.assert(
      fc.property(nodes(), (node) => {
        const ids = idsIn(place(node, "F"));
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => id === "F" || id.startsWith("F."))).toBe(true);
      }),
    );
  });

  test("its result is under the flow's id, unless it ends in a group", () => {
    fc.assert(
      fc.property(nodes(), (node) => {
        const placed = place(node, "F");
        const last = placed.kind === "chain" ? placed.steps.at(-1) : placed;
        expect(last?.kind === "group" ? "F" : resultId(placed)).toBe("F");
      }),
    );
  });

  test("it is of the regular form: what has to end in a task does, member i of group g under g.i", () => {
    fc.assert(
      fc.property(nodes(), (node) => {
        expect(faultsOf(place(node, "F"), false)).toEqual([]);
      }),
    );
  });

  test("its tasks are those of the flow, in their order, and gathers", () => {
    fc.assert(
      fc.property(nodes(), (node) => {
        const placed = tasksIn(place(node, "F")).filter((each) => each.task !== GATHER_TASK);
        expect(placed.map((each) => each.task)).toEqual(namesIn(node));
      }),
    );
  });

  test("it is the same each time", () => {
    fc.assert(
      fc.property(nodes(), (node) => {
        expect(place(node, "F")).toEqual(place(node, "F"));
      }),
    );
  });
});

describe("what cannot be sent is refused:", () => {
  test("a group of more members than can be joined", () => {
    const members = Array.from({ length: MAX_MEMBERS + 1 }, () => a);
    expect(() => place({ kind: "group", members }, "F")).toThrow(
      "a group has 1016065 members, and 1016064 at most can be joined; split it",
    );
  });
});

describe("a chain without steps", () => {
  test("counts for nothing beside others", () => {
    expect(sketch(place(chain(a, chain(), b), "F"))).toBe("a#F.0 → b#F");
  });

  test.each([
    ["alone", chain(), `${GATHER_TASK}#F`],
    ["of such", chain(chain(), chain()), `${GATHER_TASK}#F`],
    ["as a member", chain(a, group(chain(), b)), `a#F.0 → [${GATHER_TASK}#F.1.0 | b#F.1.1]#F.1`],
  ])("%s returns what it gets", (_, node, placed) => {
    expect(sketch(place(node, "F"))).toBe(placed);
  });
});

describe("a group without members", () => {
  test.each([
    ["alone is all there is", group(), "[]#F"],
    [
      "at the end is gathered, since the steps before it may fail",
      chain(a, group()),
      `a#F.0 → []#F.1 → ${GATHER_TASK}#F`,
    ],
    [
      "of such, too",
      chain(a, group(group())),
      `a#F.0 → [[]#F.1.0.0 → ${GATHER_TASK}#F.1.0]#F.1 → ${GATHER_TASK}#F`,
    ],
    ["beside a task needs none", chain(a, group(group(), b)), "a#F.0 → [[]#F.1.0 | b#F.1.1]#F.1"],
    ["in the middle has its body", chain(a, group(), b), "a#F.0 → []#F.1 → b#F"],
  ])("%s", (_, node, placed) => {
    expect(sketch(place(node, "F"))).toBe(placed);
  });

  test("has its gather in the app's queue", () => {
    const placed = place(chain(a, group()), "F", "mine");
    expect(tasksIn(placed).map(({ options }) => options.queue)).toEqual(["mine", "mine"]);
  });
});

/** Chains and groups of tasks, each task of its own name. */
function nodes(): fc.Arbitrary<Node> {
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(a, b, c),
      fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((steps) => chain(...steps)),
      fc.array(tie("node"), { maxLength: 3 }).map((members) => group(...members)),
    ),
  }));
  return node;
}

function sketch(node: PlacedNode): string {
  switch (node.kind) {
    case "task":
      return `${node.task}#${node.id}`;
    case "chain":
      return node.steps.map(sketch).join(" → ");
    case "group":
      return `[${node.members.map(sketch).join(" | ")}]#${node.id}`;
    case "rest":
      return `…#${node.id}`;
  }
}

type Placed = Extract<PlacedNode, { kind: "task" }>;

function tasksIn(node: PlacedNode): readonly Placed[] {
  if (node.kind === "task") return [node];
  return node.kind === "rest" ? [] : (node.kind === "chain" ? node.steps : node.members).flatMap(tasksIn);
}

function idsIn(node: PlacedNode): readonly string[] {
  if (node.kind === "chain") return node.steps.flatMap(idsIn);
  return node.kind === "group" ? [node.id, ...node.members.flatMap(idsIn)] : [node.id];
}

function namesIn(node: Node): readonly string[] {
  if (node.kind === "task") return [node.task];
  return (node.kind === "chain" ? node.steps : node.members).flatMap(namesIn);
}

/** What is not as the regular form has it, in words. */
function faultsOf(node: PlacedNode, isAwaited: boolean): readonly string[] {
  const steps = node.kind === "chain" ? node.steps : [node];
  const short = node.kind === "chain" && steps.length < 2 ? ["a chain of one"] : [];
  const open = isAwaited && steps.at(-1)?.kind !== "task" ? ["a member that does not end in a task"] : [];
  return [...short, ...open, ...steps.flatMap((step, k) => faultsOfStep(step, steps[k + 1]))];
}

function faultsOfStep(step: PlacedNode, next: PlacedNode | undefined): readonly string[] {
  if (step.kind === "task") return [];
  if (step.kind !== "group") return [`a ${step.kind} in a chain`];
  const wrong = next !== undefined && next.kind !== "task" ? [`a group before a ${next.kind}`] : [];
  const faults = step.members.flatMap((member, i) => {
    const strayed =
      next !== undefined && resultId(member) !== `${step.id}.${i}` ? ["a member that ends elsewhere"] : [];
    return [...strayed, ...faultsOf(member, next !== undefined)];
  });
  return [...wrong, ...faults];
}

describe("ignoreResult stays where nothing goes by the end of a call:", () => {
  const ignored = (name: string, more: Partial<TaskNode> = {}): Node => ({
    ...task(name),
    ...more,
    options: { ignoreResult: true, ...more.options },
  });
  const [x, y] = [ignored("x"), ignored("y")];

  test.each<[what: string, node: Node, stays: string]>([
    ["a call alone", x, "x"],
    ["the last step of a chain", chain(x, y), "y"],
    ["members of a group that nothing waits for", group(x, chain(a, y)), "x y"],
    ["none in a group with a body, and not the body", chain(group(x, chain(a, x)), y), ""],
    ["what follows the body", chain(group(x), a, y), "y"],
    ["none with a link", ignored("x", { callbacks: [y] }), "y"],
    ["none with an error link", ignored("x", { errbacks: [y] }), "y"],
    ["none that is exclusive", ignored("x", { options: { exclusive: true } }), ""],
    ["none that has an undo, nor the end of its flow", chain(ignored("x", { compensate: task("u") }), y), ""],
  ])("%s", (_, node, stays) => expect(ignoredIn(place(node, "F")).join(" ")).toBe(stays));

  function ignoredIn(node: PlacedNode): readonly string[] {
    if (node.kind === "chain") return node.steps.flatMap(ignoredIn);
    if (node.kind === "group") return node.members.flatMap(ignoredIn);
    if (node.kind === "rest") return [];
    const links = [...(node.callbacks ?? []), ...(node.errbacks ?? [])];
    return [...(node.options.ignoreResult === true ? [node.task] : []), ...links.flatMap(ignoredIn)];
  }
});
