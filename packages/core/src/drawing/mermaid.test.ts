import { describe, expect, test } from "vitest";
import type { Graph } from "./graph.ts";
import { toMermaid } from "./mermaid.ts";

function labelled(title: string): string {
  const graph: Graph = { items: [{ kind: "call", id: "n0", title, shade: null }], edges: [] };
  return toMermaid(graph).split("\n")[1] ?? "";
}

describe("a title in Mermaid's quotes", () => {
  test.each([
    ['say("hi")', "say(#quot;hi#quot;)"],
    ["#35; <b>&amp;</b>", "#35;35#59; #60;b#62;#38;amp#59;#60;/b#62;"],
    ["[{`*~$^|\\%@", "#91;#123;#96;#42;#126;#36;#94;#124;#92;#37;#64;"],
    ["style a:#b;", "style a#58;#35;b#59;"],
    ["mail_send __init__ _", "mail_send #95;#95;init#95;#95; #95;"],
    ["ﬂ°°35¶ß", "#64258;°°35#182;ß"],
    ["Käse, 日本: 👩‍👩‍👧 …", "Käse, 日本#58; 👩‍👩‍👧 …"],
  ])("%s", (title, escaped) => {
    expect(labelled(title)).toBe(`  n0["${escaped}"]`);
  });

  test("has no markup in it, whatever sign of ASCII it has", () => {
    const signs = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
    const inside = labelled(signs).slice(6, -2);
    expect(inside.replaceAll(/#(?:\d+|quot);/g, "")).toMatch(/^[\w ,.()+=/!?'-]*$/);
  });
});

test("colours are given once a shade, to boxes", () => {
  const graph: Graph = {
    items: [
      {
        ...{ kind: "frame", id: "g0", title: "group" },
        items: [
          { kind: "call", id: "n0", title: "a", shade: "failure" },
          { kind: "call", id: "n1", title: "b", shade: null },
        ],
      },
      { kind: "call", id: "n2", title: "c", shade: "skipped" },
      { kind: "call", id: "n3", title: "d", shade: "failure" },
    ],
    edges: [],
  };
  expect(toMermaid(graph)).toMatchInlineSnapshot(`
    "flowchart LR
      subgraph g0["group"]
        n0["a"]
        n1["b"]
      end
      n2["c"]
      n3["d"]
      classDef failure fill:#d55e00,stroke:#803800,color:#000000
      class n0,n3 failure
      classDef skipped fill:#ffffff,stroke:#d55e00,color:#000000,stroke-dasharray:4
      class n2 skipped"
  `);
});
