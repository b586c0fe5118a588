import { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { Picture } from "./picture.ts";
import { arrow, sorted } from "./picture.ts";

const graphviz = await Graphviz.load();

/**
 * What Graphviz itself draws of a graph.
 *
 * @throws It is no graph.
 */
export function readDot(text: string): Picture {
  const svg = graphviz.layout(text, "svg", "dot");
  const shapes = [...svg.matchAll(SHAPE)].map(([, kind = "", name = "", inside = ""]) => ({
    ...{ kind, name: unescaped(name), title: titleIn(inside) },
    isDotted: inside.includes("stroke-dasharray"),
  }));
  const titles = (kind: string): readonly (readonly [string, string])[] =>
    shapes
      .filter((shape) => shape.kind === kind)
      .map(({ name, title }) => [name.replace("cluster_", ""), title]);
  const arrows = shapes.flatMap(({ kind, name, title, isDotted }) => {
    const [from = "", to = ""] = name.split("->");
    return kind === "edge" ? [arrow(from, to, isDotted, title)] : [];
  });
  return { boxes: sorted(titles("node")), frames: sorted(titles("cluster")), arrows: arrows.toSorted() };
}

const SHAPE = /<g id="\w+" class="(node|edge|cluster)">\n<title>(.*?)<\/title>\n(.*?)\n<\/g>/gs;

function titleIn(svg: string): string {
  const texts = [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/gs)].map(([, text = ""]) => unescaped(text));
  return texts.join("\n").trim();
}

/** n.b. Graphviz writes the second of two spaces as one that does not break. */
function unescaped(xml: string): string {
  return xml.replaceAll(/&(?:#(\d+)|(\w+));/g, (_, code?: string, name = "") =>
    code === undefined ? (NAMED[name] ?? "?") : code === "160" ? " " : String.fromCodePoint(Number(code)),
  );
}

const NAMED: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"' };
