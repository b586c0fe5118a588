import { describe, expect, test } from "vitest";
import type { AsyncResult } from "./async-result.ts";
import { InvalidFlow } from "./errors.ts";
import { NOBODY } from "./nobody.ts";
import type { Node } from "./node.ts";
import type { StepOptions } from "./options.ts";
import type { Sender } from "./sender.ts";
import { senderOf } from "./sender.ts";
import { Step } from "./step.ts";
import { Task } from "./task.ts";

/** An app that keeps what it is asked to send. */
function appOf(name: string): Sender & { readonly sent: [node: Node, input: readonly unknown[]][] } {
  const sent: [Node, readonly unknown[]][] = [];
  return {
    name,
    sent,
    send<Out>(node: Node, input: readonly unknown[]) {
      sent.push([node, input]);
      return { id: String(sent.length) } as AsyncResult<Out>;
    },
  };
}

const app = appOf("proj");
const add = new Task<[x: number, y: number], number>("add", {}, app);
const mul = new Task<[x: number, y: number], number>("mul", { queue: "math" }, app);
const groupOf = (...members: readonly Step<[], number>[]): Step<[], number[]> =>
  new Step({ kind: "group", members: members.map(({ node }) => node) }, app);

describe("piped steps", () => {
  test("are one flat chain, in their order", () => {
    const [a, b, c] = [add.s(1, 1), add.s(2), mul.s(3)];
    expect(a.pipe(b).pipe(c).node).toEqual({ kind: "chain", steps: [a.node, b.node, c.node] });
  });

  test("after a group are a chain with the group", () => {
    const sum = new Task<[xs: readonly number[]], number>("sum", {}, app);
    const members = groupOf(add.s(1, 1), add.s(2, 2));
    expect(members.pipe(sum.s()).node).toEqual({ kind: "chain", steps: [members.node, sum.s().node] });
  });

  test("leave what they were made of as it was", () => {
    const first = frozen(add.s(1, 1));
    const second = frozen(mul.s(2));
    const piped = frozen(first.pipe(second));
    const [once, twice] = [piped.pipe(second), piped.pipe(second)];
    expect(once.node).toEqual(twice.node);
    expect(piped.node).toEqual({ kind: "chain", steps: [first.node, second.node] });
    expect(first.node).toEqual(add.s(1, 1).node);
  });

  test("of two apps are refused, and both are named", () => {
    const other = new Task<[x: number], number>("neg", {}, appOf("other"));
    expect(() => add.s(1, 1).pipe(other.s())).toThrow(InvalidFlow);
    expect(() => add.s(1, 1).pipe(other.s())).toThrow(
      'one flow has steps of two apps ("proj" and "other"); define its tasks on one app',
    );
  });

  test("of two apps of one name are refused, too", () => {
    expect(() => senderOf([{ sender: app }, { sender: appOf("proj") }])).toThrow(InvalidFlow);
  });
});

test("no step belongs to nobody, and steps of nobody belong to the app of the others", () => {
  expect(senderOf([])).toBe(NOBODY);
  expect(senderOf([{ sender: NOBODY }, { sender: app }, { sender: NOBODY }])).toBe(app);
  expect(senderOf([{ sender: app }, { sender: app }])).toBe(app);
});

describe("options that are set", () => {
  test("on a call stand above those of its task, and a later one above an earlier", () => {
    expect(mul.s(1).set({ queue: "slow", priority: 3 }).set({ priority: 5 }).node).toMatchObject({
      options: { queue: "slow", priority: 5 },
    });
  });

  test("on what holds a call stand below the call's own, and below its task's", () => {
    const flow = add
      .s(1, 1)
      .pipe(add.s(2).set({ queue: "own" }))
      .pipe(mul.s(3))
      .set({ queue: "set", priority: 1 });
    expect(optionsOf(flow.node)).toEqual([
      { queue: "set", priority: 1 },
      { queue: "own", priority: 1 },
      { queue: "math", priority: 1 },
    ]);
  });

  test("on what holds it from outside stand below those from inside", () => {
    const inner = add.s(1, 1).pipe(add.s(2)).set({ queue: "inner" });
    expect(optionsOf(inner.pipe(add.s(3)).set({ queue: "outer" }).node)).toEqual([
      { queue: "inner" },
      { queue: "inner" },
      { queue: "outer" },
    ]);
    expect(optionsOf(groupOf(inner, add.s(4, 4)).set({ queue: "outer" }).node)).toEqual([
      { queue: "inner" },
      { queue: "inner" },
      { queue: "outer" },
    ]);
  });

  test("leave the step they are set on as it was", () => {
    const [call, flow] = [frozen(mul.s(1)), frozen(groupOf(add.s(1, 1)))];
    call.set({ queue: "other" });
    flow.set({ queue: "other" });
    expect(optionsOf(call.node)).toEqual([{ queue: "math" }]);
    expect(optionsOf(flow.node)).toEqual([{}]);
  });
});

test("a step may be sent twice, and is the same each time", () => {
  const step = frozen(add.s(8).pipe(mul.s(2)));
  const before = JSON.stringify(step.node);
  expect([step.apply(1).id, step.apply(2).id]).toEqual(["1", "2"]);
  expect(app.sent).toEqual([
    [step.node, [1]],
    [step.node, [2]],
  ]);
  expect(JSON.stringify(step.node)).toBe(before);
});

function optionsOf(node: Node): readonly StepOptions[] {
  switch (node.kind) {
    case "task":
      return [node.options];
    case "chain":
      return node.steps.flatMap(optionsOf);
    case "group":
      return node.members.flatMap(optionsOf);
  }
}

/** The step, with all its data frozen: writing to it would throw. */
function frozen<Any extends Step<never, unknown>>(step: Any): Any {
  freeze(step.node);
  return Object.freeze(step);
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}
