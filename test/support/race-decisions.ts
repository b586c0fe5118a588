import type { Racing } from "@umbel/core";

/** How a race may be decided. n.b. Written from what policies promise, not from how the engine counts. */
export interface RaceDecision {
  /** Whether the members named succeed. */
  readonly ok: boolean;
  /** In the order of the group. */
  readonly members: readonly number[];
}

/** Every way in which a race of so many members may be decided, whoever of them succeeds; none where there are too few. */
export function decisionsOf(policy: Racing, size: number): readonly RaceDecision[] {
  const needed = typeof policy === "object" ? policy.quorum : 1;
  const failing = policy === "race" ? 1 : size - needed + 1;
  if (size < needed) return [];
  return [
    ...subsets(size, needed).map((members) => ({ ok: true, members })),
    ...subsets(size, failing).map((members) => ({ ok: false, members })),
  ];
}

/** All choices of so many of the integers below `size`, each in order. */
function subsets(size: number, count: number, from = 0): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return Array.from({ length: Math.max(0, size - from) }, (_, i) => from + i).flatMap((first) =>
    subsets(size, count - 1, first + 1).map((rest) => [first, ...rest]),
  );
}
