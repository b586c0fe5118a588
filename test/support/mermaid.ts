import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";
import type { Picture } from "./picture.ts";
import { arrow, sorted } from "./picture.ts";

/** What of Mermaid is used here. */
interface Mermaid {
  parse(text: string): Promise<{ readonly diagramType: string }>;
  readonly mermaidAPI: { getDiagramFromText(text: string): Promise<{ readonly db: FlowchartData }> };
}

interface FlowchartData {
  getVertices(): ReadonlyMap<string, { readonly text: string }>;
  getEdges(): readonly {
    readonly start: string;
    readonly end: string;
    readonly stroke: string;
    readonly text: string;
  }[];
  getSubGraphs(): readonly { readonly id: string; readonly title: string }[];
}

/** n.b. Made for browsers: of a page it needs only that there is one, since here it reads and never draws. */
function loadMermaid(): Mermaid {
  const file = createRequire(import.meta.url).resolve("@mermaid-js/tiny");
  const document = { nodeType: 9, implementation: {}, createElement: () => ({}) };
  const globals = { window: { document, Element: Object }, structuredClone, URL };
  const context = createContext({ ...globals, console, setTimeout, clearTimeout, TextEncoder, TextDecoder });
  runInContext(readFileSync(file, "utf8"), context, { filename: file });
  return context["mermaid"] as Mermaid;
}

let mermaid: Mermaid | undefined;

/**
 * What Mermaid itself reads in a chart.
 *
 * @throws It is no chart.
 */
export async function readMermaid(text: string): Promise<Picture> {
  mermaid ??= loadMermaid();
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const edges = db
    .getEdges()
    .map(({ start, end, stroke, text: title }) => arrow(start, end, stroke === "dotted", title));
  return {
    boxes: sorted([...db.getVertices()].map(([id, vertex]) => [id, shown(vertex.text)])),
    frames: sorted(db.getSubGraphs().map(({ id, title }) => [id, shown(title)])),
    arrows: edges.toSorted(),
  };
}

/** A title as a browser shows it; the first step is Mermaid's own `decodeEntities`. */
function shown(title: string): string {
  const html = title.replaceAll("ﬂ°°", "&#").replaceAll("ﬂ°", "&").replaceAll("¶ß", ";");
  if (/[<>"]/.test(html)) throw new Error(`there is markup in a title: ${html}`);
  const text = html.replaceAll(/&(?:#(\d+)|quot);/g, (_, code?: string) =>
    code === undefined ? '"' : String.fromCodePoint(Number(code)),
  );
  return text.trim();
}
