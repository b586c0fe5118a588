import type { Edge, Graph, Item } from "./graph.ts";
import { boxesIn } from "./graph.ts";
import type { Shade } from "./shade.ts";
import { COLOURS } from "./shade.ts";

/** A graph as a flowchart of Mermaid's, from left to right. */
export function toMermaid({ items, edges }: Graph): string {
  return [
    "flowchart LR",
    ...items.flatMap(itemLines).map(indented),
    ...edges.map(edgeLine).map(indented),
    ...shadeLines(items).map(indented),
  ].join("\n");
}

function itemLines(item: Item): readonly string[] {
  const title = quoted(item.title);
  switch (item.kind) {
    case "call":
      return [`${item.id}[${title}]`];
    case "join":
      return [`${item.id}((${title}))`];
    case "note":
      return [`${item.id}([${title}])`];
    case "frame":
      return [`subgraph ${item.id}[${title}]`, ...item.items.flatMap(itemLines).map(indented), "end"];
  }
}

function edgeLine({ from, to, when }: Edge): string {
  return when === null ? `${from} --> ${to}` : `${from} -.->|${quoted(when)}| ${to}`;
}

/** A `classDef` for each shade that is there, and a `class` with all that have it. */
function shadeLines(items: readonly Item[]): readonly string[] {
  const boxes = boxesIn(items);
  const shades = new Set(boxes.flatMap(({ shade }) => (shade === null ? [] : [shade])));
  return [...shades].flatMap((shade) => {
    const ids = boxes.filter((box) => box.shade === shade).map(({ id }) => id);
    return [`classDef ${shade} ${style(shade)}`, `class ${ids.join(",")} ${shade}`];
  });
}

function style(shade: Shade): string {
  const { fill, stroke, isDashed } = COLOURS[shade];
  return `fill:${fill},stroke:${stroke},color:#000000${isDashed ? ",stroke-dasharray:4" : ""}`;
}

/**
 * Text in quotes, with Mermaid's escape (`#35;`) for whatever Mermaid, Markdown or HTML would take for more than a
 * sign.
 *
 * n.b. Mermaid writes its escapes as `ﬂ°°35¶ß` while it works, and looks for `style …:…#…;` all over a line.
 */
function quoted(text: string): string {
  return `"${text.replaceAll(MEANINGFUL, (sign) => (sign === '"' ? "#quot;" : `#${sign.codePointAt(0)};`))}"`;
}

/** All of ASCII's signs but those that mean nothing anywhere, and `_` within a word. */
const MEANINGFUL = /(?![\w ,.()+=/!?'-])[\x20-\x7e]|(?<![a-z\d])_|_(?![a-z\d])|[ﬂ¶]/giu;

function indented(line: string): string {
  return `  ${line}`;
}
