import type { Box, Edge, Frame, Graph, Item } from "./graph.ts";
import type { Shade } from "./shade.ts";
import { COLOURS } from "./shade.ts";

/** A graph in the language of Graphviz, from left to right. */
export function toDot({ items, edges }: Graph): string {
  return [
    "digraph {",
    "  rankdir=LR",
    '  node [shape=box, style="rounded,filled", fillcolor="#ffffff"]',
    ...items.flatMap(itemLines).map(indented),
    ...edges.map(edgeLine).map(indented),
    "}",
  ].join("\n");
}

function itemLines(item: Item): readonly string[] {
  return item.kind === "frame" ? frameLines(item) : [boxLine(item)];
}

function boxLine({ kind, id, title, shade }: Box): string {
  const shape = { call: "", join: ", shape=circle", note: ", shape=plaintext" }[kind];
  return `${id} [label=${quoted(title)}${shape}${shade === null ? "" : `, ${colours(shade)}`}]`;
}

/** n.b. Graphviz draws a subgraph's frame only where its name begins with `cluster`. */
function frameLines({ id, title, items }: Frame): readonly string[] {
  return [
    `subgraph cluster_${id} {`,
    `  label=${quoted(title)}; style="rounded"`,
    ...items.flatMap(itemLines).map(indented),
    "}",
  ];
}

function edgeLine({ from, to, when }: Edge): string {
  return `${from} -> ${to}${when === null ? "" : ` [style=dotted, label=${quoted(when)}]`}`;
}

function colours(shade: Shade): string {
  const { fill, stroke, isDashed } = COLOURS[shade];
  return `style="rounded,filled${isDashed ? ",dashed" : ""}", fillcolor="${fill}", color="${stroke}"`;
}

/** n.b. In a label Graphviz reads `\l` as the end of a line, and `&lt;` as `<`. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;")}"`;
}

function indented(line: string): string {
  return `  ${line}`;
}
