import { describe, expect, test } from "vitest";
import { InvalidFlow } from "../errors.ts";
import type { GroupNode, Node, TaskNode } from "../node.ts";
import type { Policy } from "../policy.ts";
import { Task } from "../task.ts";
import { signatureToFlow } from "./read-flow.ts";
import { flowToSignature } from "./write-flow.ts";

const t = { task: "t", args: [1], kwargs: {}, options: {}, subtask_type: null, immutable: false };
const add = new Task<[x: number, y: number], number>("add", {}, { name: "proj", send: () => expect.fail() });

function composite(kind: string, kwargs: object, more: object = {}): object {
  return {
    task: `celery.${kind}`,
    args: [],
    kwargs,
    options: {},
    subtask_type: kind,
    immutable: false,
    ...more,
  };
}

describe("a signature is read", () => {
  test("when it has no more than it must: its task", () => {
    expect(signatureToFlow({ task: "t" })).toEqual({
      ...{ kind: "task", task: "t", args: [], kwargs: {}, immutable: false, options: {} },
    });
  });

  test("of a chain with arguments, which are those of its first step", () => {
    const chain = composite("chain", { tasks: [t, t] }, { args: [7] });
    expect(signatureToFlow(chain)).toMatchObject({ steps: [{ args: [7, 1] }, { args: [1] }] });
  });

  test("of a body with the rest of the chain that it was sent in, last first", () => {
    const body = {
      ...t,
      options: {
        task_id: "x",
        chain: [
          { ...t, args: [3] },
          { ...t, args: [2] },
        ],
      },
    };
    expect(signatureToFlow(body)).toMatchObject({ steps: [{ args: [1] }, { args: [2] }, { args: [3] }] });
  });

  test("of a chord whose header is a list, a group, or one signature", () => {
    const headers = [[t], composite("group", { tasks: [t] }), t];
    const flows = headers.map((header) =>
      signatureToFlow(composite("chord", { header, body: t, kwargs: {} })),
    );
    expect(flows.map(shown)).toEqual(["[t] → t", "[t] → t", "[t] → t"]);
  });

  test("of chunks, as the group of its messages", () => {
    const flow = signatureToFlow({
      ...t,
      task: "celery.chunks",
      kwargs: { task: t, it: [[1], [2], [3]], n: 2 },
    });
    expect((flow as GroupNode).members.map((member) => (member as TaskNode).kwargs["it"])).toEqual([
      [[1], [2]],
      [[3]],
    ]);
  });

  test("of a record that we wrote, as the record", () => {
    const node: Node = { kind: "group", members: [add.s(1, 2).node, add.s(3, 4).node], keys: ["a", "b"] };
    expect(signatureToFlow(flowToSignature(node))).toEqual(node);
    const more: Node = { kind: "chain", steps: [node, node, add.s(1).node] };
    expect(signatureToFlow(flowToSignature(more))).toEqual(more);
    const nested: Node = { kind: "group", members: [more, node], keys: ["x", "y"] };
    expect(signatureToFlow(flowToSignature(nested))).toEqual(nested);
  });

  test("of each", () => {
    const each = { step: { kind: "chain", steps: [add.s(1).node, add.s(2).node] } } as const;
    const node: Node = { kind: "group", members: [], each };
    expect(signatureToFlow(flowToSignature(node))).toEqual(node);
    const sized: Node = { kind: "group", members: [], each: { step: add.s(1).node, size: 3 } };
    const racing: Node = { kind: "group", members: [], each: { step: add.s(1).node }, policy: "any" };
    const flow: Node = { kind: "chain", steps: [add.s(1, 1).node, node, sized, racing, add.s(1).node] };
    expect(signatureToFlow(flowToSignature(flow))).toEqual(flow);
  });

  test("with dates and bytes among its arguments", () => {
    const log = new Task<[at: Date, data: Uint8Array], null>("log", {}, add.s(1, 2).sender);
    const { node } = log.s(new Date(0), new Uint8Array([1]));
    expect(signatureToFlow(flowToSignature(node))).toEqual(node);
  });

  test.each<Policy>(["settled", "any", "race", { quorum: 2 }])("of a group of the policy %o", (policy) => {
    const group = { kind: "group", members: [add.s(1, 2).node, add.s(3, 4).node], policy } as GroupNode;
    expect(signatureToFlow(flowToSignature(group))).toEqual(group);
    const chord: Node = { kind: "chain", steps: [add.s(1, 1).node, group, add.s(1).node] };
    expect(signatureToFlow(flowToSignature(chord))).toEqual(chord);
  });

  test("and does not share anything with what was read", () => {
    const signature = { ...t, kwargs: { list: [1] } };
    const flow = signatureToFlow(signature);
    signature.kwargs.list.push(2);
    expect(flow).toMatchObject({ kwargs: { list: [1] } });
  });
});

describe("what is no signature is refused:", () => {
  test.each<[why: string, signature: unknown]>([
    ["a signature is null, not a map", null],
    ["a signature is [], not a map", []],
    ["task of a signature is absent, not text", {}],
    ["args of t is 5, not a list", { task: "t", args: 5 }],
    ["kwargs of t is [], not a map", { task: "t", kwargs: [] }],
    ["options of t is [], not a map", { task: "t", options: [] }],
    ["headers of t is [], not a map", { task: "t", options: { headers: [] } }],
    ["tasks of a chain is absent, not a list", composite("chain", {})],
    ["a signature is 5, not a map", composite("group", { tasks: [t, 5] })],
    ["header of a chord is absent, not a map", composite("chord", { body: t })],
    ["a signature is null, not a map", composite("chord", { header: [t] })],
    ["it of chunks is absent, not a list", { task: "celery.chunks", kwargs: { task: t, n: 1 } }],
    ['a signature is "x", not a map', { task: "t", options: { link: ["x"] } }],
  ])("%s", (why, signature) => {
    expect(() => signatureToFlow(signature)).toThrow(InvalidFlow);
    expect(() => signatureToFlow(signature)).toThrow(`this is no signature of Celery's: ${why}`);
  });

  test("what is not JSON", () => {
    expect(() => signatureToFlow({ task: "t", args: [1n] })).toThrow(
      /^this is no signature of Celery's: it is not JSON/,
    );
  });
});

function shown(node: Node): string {
  if (node.kind === "task") return node.task;
  return node.kind === "chain"
    ? node.steps.map(shown).join(" → ")
    : `[${node.members.map(shown).join(" | ")}]`;
}
