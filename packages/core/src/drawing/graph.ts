import type { Drawing, Link } from "./drawing.ts";
import type { Shade } from "./shade.ts";

/** A drawing as boxes and arrows: what `mermaid` and `dot` write down. */
export interface Graph {
  /** In the order of the flow; links behind it. */
  readonly items: readonly Item[];
  readonly edges: readonly Edge[];
}

export type Item = Box | Frame;

/** A call; a join where a group follows a group; or a note. */
export interface Box {
  readonly kind: "call" | "join" | "note";
  /** `n0`, `n1`, …: from its place in the drawing. */
  readonly id: string;
  readonly title: string;
  readonly shade: Shade | null;
}

/** What is drawn around the members of a group, or around a chain that has a key. */
export interface Frame {
  readonly kind: "frame";
  /** `g0`, `g1`, …: from its place in the drawing. */
  readonly id: string;
  readonly title: string;
  readonly items: readonly Item[];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** What begins it, for a link; null for the next step. */
  readonly when: Link["when"] | null;
}

/** Where arrows come in, and where they go out. */
interface Ends {
  readonly first: readonly string[];
  readonly last: readonly string[];
}

export function graphOf(drawing: Drawing): Graph {
  const layout = new Layout();
  const items: Item[] = [];
  layout.put(drawing, items);
  layout.putLinks(items);
  return { items, edges: layout.edges };
}

class Layout {
  readonly edges: Edge[] = [];
  readonly #links: { readonly from: string; readonly link: Link }[] = [];
  #boxes = 0;
  #frames = 0;

  put(drawing: Drawing, into: Item[]): Ends {
    switch (drawing.kind) {
      case "call": {
        const id = this.#box("call", drawing, into);
        this.#links.push(...drawing.links.map((link) => ({ from: id, link })));
        return { first: [id], last: [id] };
      }
      case "note": {
        const id = this.#box("note", drawing, into);
        return { first: [id], last: [id] };
      }
      case "chain":
        return this.#chain(drawing.parts, drawing.key === null ? into : this.#frame(drawing, into));
      case "group":
        return this.#group(drawing.parts, this.#frame(drawing, into));
    }
  }

  /** n.b. What is linked may have links of its own: the list grows while it is walked. */
  putLinks(into: Item[]): void {
    for (const { from, link } of this.#links) {
      const { first } = this.put(link.drawing, into);
      this.edges.push(...first.map((to) => ({ from, to, when: link.when })));
    }
  }

  #chain(parts: readonly Drawing[], into: Item[]): Ends {
    const [first, ...more] = parts.map((part) => this.put(part, into));
    if (first === undefined) return { first: [], last: [] };
    const last = more.reduce((before, after) => this.#connect(before, after, into), first);
    return { first: first.first, last: last.last };
  }

  #group(parts: readonly Drawing[], into: Item[]): Ends {
    const ends = parts.map((part) => this.put(part, into));
    return { first: ends.flatMap(({ first }) => first), last: ends.flatMap(({ last }) => last) };
  }

  /** Arrows from what ends to what begins: they fan out and meet; many to many do so in a join between them. */
  #connect(before: Ends, after: Ends, into: Item[]): Ends {
    const isManyToMany = before.last.length > 1 && after.first.length > 1;
    const between = isManyToMany ? [this.#box("join", { title: "join", shade: null }, into)] : null;
    this.#cross(before.last, between ?? after.first);
    if (between !== null) this.#cross(between, after.first);
    return after;
  }

  #cross(from: readonly string[], to: readonly string[]): void {
    for (const start of from) for (const end of to) this.edges.push({ from: start, to: end, when: null });
  }

  #box(kind: Box["kind"], { title, shade }: Pick<Box, "title" | "shade">, into: Item[]): string {
    const id = `n${this.#boxes++}`;
    into.push({ kind, id, title, shade });
    return id;
  }

  /** @returns Where its items go. */
  #frame({ title }: Drawing, into: Item[]): Item[] {
    const items: Item[] = [];
    into.push({ kind: "frame", id: `g${this.#frames++}`, title, items });
    return items;
  }
}

/** All boxes, in their order, whatever frame they are in. */
export function boxesIn(items: readonly Item[]): readonly Box[] {
  return items.flatMap((item) => (item.kind === "frame" ? boxesIn(item.items) : [item]));
}
