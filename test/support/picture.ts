/** What a reader of pictures sees in one, whatever language it was written in. */
export interface Picture {
  /** Titles of the boxes by their ids. */
  readonly boxes: ReadonlyMap<string, string>;
  /** Titles of the frames, by their ids, in alphabetical order of those. */
  readonly frames: ReadonlyMap<string, string>;
  /** `n0 → n1`, and `n0 ⇢ n1 (then)` where it is dotted; in alphabetical order. */
  readonly arrows: readonly string[];
}

/** An arrow in words. */
export function arrow(from: string, to: string, isDotted: boolean, title: string): string {
  return isDotted ? `${from} ⇢ ${to} (${title})` : `${from} → ${to}${title}`;
}

/** Entries in alphabetical order of their keys. */
export function sorted(entries: Iterable<readonly [string, string]>): ReadonlyMap<string, string> {
  return new Map([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
