import type { Drawing } from "./drawing.ts";

/** A drawing as text: one line a call, indented under what holds it; dotted lines to what begins beside the flow. */
export function toText(drawing: Drawing): string {
  return lines(drawing).join("\n");
}

function lines(drawing: Drawing): readonly string[] {
  return [drawing.title, ...branches(childrenOf(drawing))];
}

/** What hangs under a line, and what it hangs on. */
interface Child {
  readonly stroke: "─" | "┄";
  readonly lines: readonly string[];
}

function childrenOf(drawing: Drawing): readonly Child[] {
  switch (drawing.kind) {
    case "chain":
    case "group":
      return drawing.parts.map((part) => ({ stroke: "─", lines: lines(part) }));
    case "call":
      return drawing.links.map(({ when, drawing: linked }) => {
        const [first = "", ...more] = lines(linked);
        return { stroke: "┄", lines: [`${when} ${first}`, ...more] };
      });
    case "note":
      return [];
  }
}

function branches(children: readonly Child[]): readonly string[] {
  return children.flatMap((child, i) => {
    const isLast = i === children.length - 1;
    return child.lines.map((line, row) => {
      if (row === 0) return `${isLast ? "└" : "├"}${child.stroke} ${line}`;
      return `${isLast ? "  " : "│ "} ${line}`;
    });
  });
}
