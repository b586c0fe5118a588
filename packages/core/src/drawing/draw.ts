import { InvalidOption } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Node, PlacedNode } from "../node.ts";
import type { ResultStore } from "../results.ts";
import type { WholePlan } from "../whole-plan.ts";
import { toDot } from "./dot.ts";
import type { Drawing } from "./drawing.ts";
import { drawingOf } from "./drawing.ts";
import { graphOf } from "./graph.ts";
import { toMermaid } from "./mermaid.ts";
import { findStatuses } from "./statuses.ts";
import { toText } from "./text.ts";

/** What a flow can be drawn as: lines of text, a flowchart for Mermaid, a graph for Graphviz. */
export type DrawFormat = "text" | "mermaid" | "dot";

/** How a flow is drawn. */
export interface DrawOptions {
  /**
   * Members of one group, and steps of one chain, that are drawn; the others are counted, by state where states are
   * drawn. An integer from 1; default 20. n.b. Mermaid refuses charts with more than 500 arrows or 50,000 characters.
   */
  readonly limit?: number;
}

/** A flow that was sent, or the part of one that is to be drawn. */
export interface SentFlow {
  readonly plan: PlacedNode;
  /** What took the place of its tasks, by their ids; default nothing. */
  readonly takers?: WholePlan["takers"];
  /** What was put in front of the arguments of its first step; null for the result of a step that is not drawn. */
  readonly input: readonly Json[] | null;
  /** Asks the store. */
  readonly find: ResultStore["find"];
}

/** A flow as it is before it is sent. What `step.draw()` does. */
export function draw(node: Node, format: DrawFormat, options: DrawOptions): string {
  const { write, limit } = checked(format, options);
  return write(drawingOf(node, { limit, input: [], statuses: null }));
}

/** A flow that was sent, with its states. What `result.draw()` does. */
export async function drawSent(
  { plan, takers = new Map(), input, find }: SentFlow,
  format: DrawFormat,
  options: DrawOptions,
): Promise<string> {
  const { write, limit } = checked(format, options);
  const statuses = await findStatuses([plan, ...takers.values()], find);
  return write(drawingOf(plan, { limit, input, statuses, takers }));
}

const WRITERS: { readonly [Format in DrawFormat]: (drawing: Drawing) => string } = {
  text: toText,
  mermaid: (drawing) => toMermaid(graphOf(drawing)),
  dot: (drawing) => toDot(graphOf(drawing)),
};

function checked(
  format: DrawFormat,
  { limit = 20 }: DrawOptions,
): { readonly write: (drawing: Drawing) => string; readonly limit: number } {
  if (!Object.hasOwn(WRITERS, format)) {
    const formats = '"text", "mermaid" or "dot"';
    throw new InvalidOption(`the format of a drawing is ${JSON.stringify(format)}; it has to be ${formats}`);
  }
  if (!Number.isInteger(limit) || limit < 1)
    throw new InvalidOption(`the limit of a drawing is ${String(limit)}; it has to be an integer from 1`);
  return { write: WRITERS[format], limit };
}
