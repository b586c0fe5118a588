import type { Json, PlacedNode } from "@umbel/core";
import type { Origin } from "./begin.ts";
import { begin } from "./begin.ts";
import type { Effect } from "./effect.ts";

/** What begins beside the flow; nobody hears of its end. */
export function beginLinks(
  links: readonly PlacedNode[],
  input: readonly Json[],
  origin: Origin,
): readonly Effect[] {
  if (links.length === 0) return NOTHING;
  const alone = { ...origin, replyTo: null };
  return links.flatMap((link) => begin({ steps: [link], join: null }, input, alone));
}

const NOTHING: readonly Effect[] = [];
