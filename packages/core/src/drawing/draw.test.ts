import { describe, expect, test } from "vitest";
import { InvalidOption } from "../errors.ts";
import { gatherNode } from "../gather.ts";
import type { Node } from "../node.ts";
import type { Sender } from "../sender.ts";
import type { AnyStep } from "../step.ts";
import { Step } from "../step.ts";
import { Task } from "../task.ts";
import type { DrawFormat } from "./draw.ts";

const app: Sender = {
  name: "proj",
  send: () => {
    throw new Error("nothing is sent here");
  },
};
const add = new Task<[x: number, y: number], number>("add", {}, app);
const sum = new Task<[xs: readonly number[]], number>("sum", {}, app);
const log = new Task<[entry: unknown], null>("log", {}, app);
const find = new Task<[id: number], string>("find", {}, app);

function group<Out>(members: readonly AnyStep[], keys?: readonly string[]): Step<[input?: unknown], Out> {
  const node: Node = { kind: "group", members: members.map((member) => member.node) };
  return new Step(keys === undefined ? node : { ...node, keys }, app);
}

const EMPTY_CHAIN = new Step<[input?: unknown], unknown>({ kind: "chain", steps: [] }, app);

/** A group, a body and an end, with a chain and a chord among the members. */
const NESTED = group<number[]>([
  add.s(1, 1).pipe(add.s(5)),
  group<number[]>([add.s(3, 3), add.s(4, 4)]).pipe(sum.s()),
  add.s(2, 2),
])
  .pipe(sum.s())
  .pipe(log.s());

const LINKED = add.s(1, 1).link(add.s(2).pipe(log.s())).linkError(log.s()).pipe(log.s());

const RECORD = find.s(1).pipe(group([find.si(7), find.si(7).pipe(log.s())], ["user", "orders"]));

describe("as text a flow is", () => {
  test("one line, when it is one call", () => {
    expect(add.s(1, 2).draw()).toBe("add(1, 2)");
    expect(add.s(1).draw()).toBe("add(1)");
  });

  test("a line a step, with … for what each gets from the one before", () => {
    const flow = add.s(1, 1).pipe(add.s(5)).pipe(add.si(2, 2)).pipe(log.s());
    expect(flow.draw("text")).toMatchInlineSnapshot(`
      "chain
      ├─ add(1, 1)
      ├─ add(…, 5)
      ├─ add(2, 2)
      └─ log(…)"
    `);
  });

  test("indented under what holds it", () => {
    expect(NESTED.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ group
      │  ├─ chain
      │  │  ├─ add(1, 1)
      │  │  └─ add(…, 5)
      │  ├─ chain
      │  │  ├─ group
      │  │  │  ├─ add(3, 3)
      │  │  │  └─ add(4, 4)
      │  │  └─ sum(…)
      │  └─ add(2, 2)
      ├─ sum(…)
      └─ log(…)"
    `);
  });

  test("drawn with … in the members of a group that is not the first step", () => {
    const flow = add.s(1, 1).pipe(group([add.s(1), add.s(2).pipe(add.s(3))]));
    expect(flow.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ add(1, 1)
      └─ group
         ├─ add(…, 1)
         └─ chain
            ├─ add(…, 2)
            └─ add(…, 3)"
    `);
  });

  test("drawn with the keys of a record", () => {
    expect(RECORD.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ find(1)
      └─ group
         ├─ user: find(7)
         └─ orders: chain
            ├─ find(7)
            └─ log(…)"
    `);
  });

  test("drawn with what begins beside it on dotted lines", () => {
    expect(LINKED.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ add(1, 1)
      │  ├┄ then chain
      │  │  ├─ add(…, 2)
      │  │  └─ log(…)
      │  └┄ on error log(…)
      └─ log(…)"
    `);
  });

  test("called empty where it is", () => {
    expect(EMPTY_CHAIN.draw()).toBe("chain (empty)");
    expect(group([]).draw()).toBe("group (empty)");
    expect(group([EMPTY_CHAIN, group([])], ["a", "b"]).draw()).toBe(
      "group\n├─ a: chain (empty)\n└─ b: group (empty)",
    );
    expect(group<number[]>([]).pipe(sum.s()).draw()).toBe("chain\n├─ group (empty)\n└─ sum(…)");
  });

  test("the same when chains are in chains, or a chain has one step", () => {
    const steps = [add.s(1, 1).node, { kind: "chain", steps: [add.s(2).node] }] satisfies Node[];
    const inner: Node = { kind: "chain", steps };
    const outer: Node = { kind: "chain", steps: [{ kind: "chain", steps: [] }, inner] };
    expect(new Step(outer, app).draw()).toBe(add.s(1, 1).pipe(add.s(2)).draw());
  });

  test("drawn with a gather only where it has links", () => {
    const header = group<number[]>([add.s(1, 1)]);
    expect(header.pipe(new Step(gatherNode(header.node), app)).draw()).toBe(header.draw());
    expect(header.link(log.s()).draw()).toBe(
      "chain\n├─ group\n│  └─ add(1, 1)\n└─ umbel.gather(…)\n   └┄ then log(…)",
    );
  });
});

describe("for Mermaid a flow is a chart", () => {
  test("whose members fan out and meet", () => {
    expect(NESTED.draw("mermaid")).toMatchInlineSnapshot(`
      "flowchart LR
        subgraph g0["group"]
          n0["add(1, 1)"]
          n1["add(…, 5)"]
          subgraph g1["group"]
            n2["add(3, 3)"]
            n3["add(4, 4)"]
          end
          n4["sum(…)"]
          n5["add(2, 2)"]
        end
        n6["sum(…)"]
        n7["log(…)"]
        n0 --> n1
        n2 --> n4
        n3 --> n4
        n1 --> n6
        n4 --> n6
        n5 --> n6
        n6 --> n7"
    `);
  });

  test("with a join where a group follows a group", () => {
    const flow = group<number>([add.s(1, 1), add.s(2, 2)]).pipe(group([add.s(1), add.s(2)]));
    expect(flow.draw("mermaid")).toMatchInlineSnapshot(`
      "flowchart LR
        subgraph g0["group"]
          n0["add(1, 1)"]
          n1["add(2, 2)"]
        end
        subgraph g1["group"]
          n2["add(…, 1)"]
          n3["add(…, 2)"]
        end
        n4(("join"))
        n0 --> n4
        n1 --> n4
        n4 --> n2
        n4 --> n3"
    `);
  });

  test("with keys, and a frame around a chain that has one", () => {
    expect(RECORD.draw("mermaid")).toMatchInlineSnapshot(`
      "flowchart LR
        n0["find(1)"]
        subgraph g0["group"]
          n1["user#58; find(7)"]
          subgraph g1["orders#58; chain"]
            n2["find(7)"]
            n3["log(…)"]
          end
        end
        n2 --> n3
        n0 --> n1
        n0 --> n2"
    `);
  });

  test("with dotted arrows to what begins beside it", () => {
    expect(LINKED.draw("mermaid")).toMatchInlineSnapshot(`
      "flowchart LR
        n0["add(1, 1)"]
        n1["log(…)"]
        n2["add(…, 2)"]
        n3["log(…)"]
        n4["log(…)"]
        n0 --> n1
        n2 --> n3
        n0 -.->|"then"| n2
        n0 -.->|"on error"| n4"
    `);
  });

  test("with notes for what is empty and what is not drawn", () => {
    const flow = group<number[]>([add.s(1, 1), EMPTY_CHAIN, add.s(2, 2), add.s(3, 3)]).pipe(sum.s());
    expect(flow.draw("mermaid", { limit: 2 })).toMatchInlineSnapshot(`
      "flowchart LR
        subgraph g0["group"]
          n0["add(1, 1)"]
          n1(["chain (empty)"])
          n2(["… 2 more"])
        end
        n3["sum(…)"]
        n0 --> n3
        n1 --> n3
        n2 --> n3"
    `);
  });
});

describe("for Graphviz a flow is a graph", () => {
  test("whose members fan out and meet", () => {
    expect(NESTED.draw("dot")).toMatchInlineSnapshot(`
      "digraph {
        rankdir=LR
        node [shape=box, style="rounded,filled", fillcolor="#ffffff"]
        subgraph cluster_g0 {
          label="group"; style="rounded"
          n0 [label="add(1, 1)"]
          n1 [label="add(…, 5)"]
          subgraph cluster_g1 {
            label="group"; style="rounded"
            n2 [label="add(3, 3)"]
            n3 [label="add(4, 4)"]
          }
          n4 [label="sum(…)"]
          n5 [label="add(2, 2)"]
        }
        n6 [label="sum(…)"]
        n7 [label="log(…)"]
        n0 -> n1
        n2 -> n4
        n3 -> n4
        n1 -> n6
        n4 -> n6
        n5 -> n6
        n6 -> n7
      }"
    `);
  });

  test("with dotted arrows to what begins beside it", () => {
    expect(LINKED.draw("dot")).toMatchInlineSnapshot(`
      "digraph {
        rankdir=LR
        node [shape=box, style="rounded,filled", fillcolor="#ffffff"]
        n0 [label="add(1, 1)"]
        n1 [label="log(…)"]
        n2 [label="add(…, 2)"]
        n3 [label="log(…)"]
        n4 [label="log(…)"]
        n0 -> n1
        n2 -> n3
        n0 -> n2 [style=dotted, label="then"]
        n0 -> n4 [style=dotted, label="on error"]
      }"
    `);
  });

  test("with a join where a group follows a group, and notes", () => {
    const flow = group<number>([add.s(1, 1), add.s(2, 2), add.s(3, 3)]).pipe(group([add.s(1), EMPTY_CHAIN]));
    expect(flow.draw("dot", { limit: 2 })).toMatchInlineSnapshot(`
      "digraph {
        rankdir=LR
        node [shape=box, style="rounded,filled", fillcolor="#ffffff"]
        subgraph cluster_g0 {
          label="group"; style="rounded"
          n0 [label="add(1, 1)"]
          n1 [label="add(2, 2)"]
          n2 [label="… 1 more", shape=plaintext]
        }
        subgraph cluster_g1 {
          label="group"; style="rounded"
          n3 [label="add(…, 1)"]
          n4 [label="chain (empty)", shape=plaintext]
        }
        n5 [label="join", shape=circle]
        n0 -> n5
        n1 -> n5
        n2 -> n5
        n5 -> n3
        n5 -> n4
      }"
    `);
  });
});

describe("what is long is cut:", () => {
  const members = Array.from({ length: 10_000 }, (_, i) => add.s(i, i));

  test("a group after 20 members", () => {
    const lines = group<number[]>(members).pipe(sum.s()).draw().split("\n");
    expect(lines).toHaveLength(24);
    expect(lines.slice(20)).toEqual([
      "│  ├─ add(18, 18)",
      "│  ├─ add(19, 19)",
      "│  └─ … 9,980 more",
      "└─ sum(…)",
    ]);
  });

  test("not a group of 20", () => {
    expect(group(members.slice(0, 20)).draw()).not.toContain("more");
  });

  test("a chain after 20 steps, which the others are counted behind", () => {
    const flow = new Step({ kind: "chain", steps: members.map((member) => member.node) }, app);
    const lines = flow.draw().split("\n");
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe("└─ … 9,980 more");
  });

  test.each(["text", "mermaid", "dot"] as const)("%s where one says, and then it is short", (format) => {
    const drawn = group(members).draw(format, { limit: 3 });
    expect(drawn).toContain("add(2, 2)");
    expect(drawn).not.toContain("add(3, 3)");
    expect(drawn).toContain(" 9,997 more");
    expect(drawn.length).toBeLessThan(600);
  });
});

describe("a drawing is refused", () => {
  test.each(["svg", "toString", "", 7, null])("in the format %j", (format) => {
    const draw = (): string => add.s(1, 2).draw(format as DrawFormat);
    expect(draw).toThrow(InvalidOption);
    expect(draw).toThrow(
      `the format of a drawing is ${JSON.stringify(format)}; it has to be "text", "mermaid" or "dot"`,
    );
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity, "3" as unknown as number])("with the limit %s", (limit) => {
    expect(() => add.s(1, 2).draw("text", { limit })).toThrow(InvalidOption);
    expect(() => add.s(1, 2).draw("text", { limit })).toThrow(
      `the limit of a drawing is ${limit}; it has to be an integer from 1`,
    );
  });
});
