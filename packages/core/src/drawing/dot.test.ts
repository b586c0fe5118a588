import { expect, test } from "vitest";
import { toDot } from "./dot.ts";
import type { Graph } from "./graph.ts";

test.each([
  ['say("hi")', String.raw`say(\"hi\")`],
  [String.raw`\l \" \\`, String.raw`\\l \\\" \\\\`],
  ["&lt; <b> &", "&amp;lt; <b> &amp;"],
])("a title in Graphviz' quotes: %s", (title, escaped) => {
  const graph: Graph = { items: [{ kind: "call", id: "n0", title, shade: null }], edges: [] };
  expect(toDot(graph)).toContain(`  n0 [label="${escaped}"]\n`);
});

test("colours are given to boxes", () => {
  const graph: Graph = {
    items: [
      {
        ...{ kind: "frame", id: "g0", title: "group" },
        items: [{ kind: "call", id: "n0", title: "a", shade: "success" }],
      },
      { kind: "call", id: "n1", title: "b", shade: "skipped" },
    ],
    edges: [],
  };
  expect(toDot(graph)).toMatchInlineSnapshot(`
    "digraph {
      rankdir=LR
      node [shape=box, style="rounded,filled", fillcolor="#ffffff"]
      subgraph cluster_g0 {
        label="group"; style="rounded"
        n0 [label="a", style="rounded,filled", fillcolor="#009e73", color="#005f45"]
      }
      n1 [label="b", style="rounded,filled,dashed", fillcolor="#ffffff", color="#d55e00"]
    }"
  `);
});
