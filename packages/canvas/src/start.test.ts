import type { Node, TaskNode } from "@umbel/core";
import { START_TASK } from "@umbel/core";
import { describe, expect, test } from "vitest";
import type { Origin } from "./begin.ts";
import { place } from "./place.ts";
import { start } from "./start.ts";

const ORIGIN: Origin = { flow: "F", parent: null, replyTo: "umbel.reply.me" };

const task = (name: string, queue?: string): TaskNode => ({
  ...{ kind: "task", task: name, args: [], kwargs: {}, immutable: false },
  options: queue === undefined ? {} : { queue },
});
const chain = (...steps: readonly Node[]): Node => ({ kind: "chain", steps });
const group = (...members: readonly Node[]): Node => ({ kind: "group", members });
const [a, b, c] = ["a", "b", "c"].map((name) => task(name)) as [Node, Node, Node];

describe("a flow starts with", () => {
  test.each<[what: string, node: Node, messages: readonly string[]]>([
    ["the message of its task", a, ["a#F"]],
    ["the message of its first task, which holds the rest", chain(a, group(b), c), ["a#F.0"]],
    ["a message for each member, where nothing follows them", group(a, chain(b, c)), ["a#F.0", "b#F.1.0"]],
    ["none, where there is nothing", group(), []],
    ["one that holds the plan, where a group has a body", chain(group(a, b), c), [`${START_TASK}#F.0`]],
    ["one that holds the plan, where a member has a join", group(a, chain(group(b), c)), [`${START_TASK}#F`]],
    [
      "one that holds the plan, where a member comes to a join",
      group(a, chain(b, group(b), c)),
      [`${START_TASK}#F`],
    ],
    ["one that holds the plan, also of an empty chord", chain(group(), a), [`${START_TASK}#F.0`]],
  ])("%s", (_, node, messages) => {
    const started = [...start(place(node, "F"), [1], ORIGIN)];
    expect(started.map(({ task: name, id }) => `${name}#${id}`)).toEqual(messages);
    for (const message of started) {
      expect(message).toMatchObject({
        flow: "F",
        parent: null,
        replyTo: "umbel.reply.me",
        args: [1],
        claim: null,
      });
    }
  });

  test("the whole plan, as it was placed", () => {
    const plan = place(chain(group(a, b), c), "F");
    const [message] = start(plan, [], ORIGIN);
    expect(message?.next).toEqual({ steps: plan.kind === "chain" ? plan.steps : [], join: null });
  });

  test("a message in the queue of the step after the join, else of the first task", () => {
    const queueOf = (node: Node): string | undefined => {
      const [message] = start(place(node, "F"), [], ORIGIN);
      return message?.options.queue;
    };
    expect(queueOf(chain(group(task("a", "members")), task("b", "body")))).toBe("body");
    expect(queueOf(chain(group(task("a", "members")), b))).toBeUndefined();
    expect(queueOf(group(chain(group(task("a", "deep")), b)))).toBe("deep");
    expect(queueOf(group(group(), chain(group(task("a", "deep")), b)))).toBe("deep");
    expect(queueOf(group(group(), chain(group(a), task("b", "body")), task("c", "c")))).toBeUndefined();
  });

  test("a message that refers to its steps, where they are in the store", () => {
    const rest = { kind: "rest", id: "F.0", ends: ["F"], queue: "slow" } as const;
    expect(start({ kind: "chain", steps: [rest] }, [1], ORIGIN)).toMatchObject([
      {
        task: START_TASK,
        id: "F.0",
        args: [1],
        options: { queue: "slow" },
        next: { steps: [rest], join: null },
      },
    ]);
  });
});
