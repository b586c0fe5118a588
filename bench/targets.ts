import type { CaseResult, RowResult } from "./result.ts";
import { aheadOf, summarize } from "./result.ts";
import type { ContestantName, Figure, Ours, Target } from "./row.ts";
import { shown, shownRatio } from "./report/number.ts";

/** So many times a contestant's figure, the row's first one, in every case that both took part in. */
export function ahead(contestant: ContestantName, times: number, we: Ours = "umbel"): Target {
  return {
    text: `≥ ${times} × ${contestant}${we === "umbel" ? "" : `, of ${we}`}`,
    judge: ({ row, cases }) => {
      const ratios = cases.flatMap((each) => aheadOf(contestant, row.figures[0]!, each, we) ?? []);
      if (ratios.length === 0) return null;
      return { reached: ratios.map(shownRatio).join(", "), isHeld: Math.min(...ratios) >= times };
    },
  };
}

/** Ahead of every peer in a figure. */
export function aheadOfPeers(index = 0): readonly Target[] {
  const peers = ["celery", "celery-mongodb", "bullmq"] as const;
  return peers.map((peer) => ({
    text: `ahead of ${peer}`,
    judge: ({ row, cases }) => {
      const ratios = cases.flatMap((each) => aheadOf(peer, row.figures[index]!, each) ?? []);
      if (ratios.length === 0) return null;
      return { reached: ratios.map(shownRatio).join(", "), isHeld: Math.min(...ratios) > 1 };
    },
  }));
}

/** Our figure, in every case. */
export function reaches(bound: "at least" | "at most", value: number, index = 0): Target {
  const text = (figure: Figure | undefined): string => figure?.unit ?? "";
  return {
    text: `${bound === "at least" ? "≥" : "≤"} ${shown(value)}`,
    judge: ({ row, cases }) => {
      const ours = medians(row.figures[index]!, cases);
      if (ours.length === 0) return null;
      const isHeld = ours.every((each) => (bound === "at least" ? each >= value : each <= value));
      return { reached: `${ours.map(shown).join(", ")} ${text(row.figures[index])}`, isHeld };
    },
  };
}

/**
 * The most and the least of our figure in some cases are no further apart than this.
 *
 * @param within - 0.2: the most is at most 1.2 times the least.
 * @param counts - The cases that are compared; default all.
 */
export function flat(
  what: string,
  within: number,
  index = 0,
  counts: (size: CaseResult) => boolean = () => true,
): Target {
  return {
    text: `${what} flat within ${within * 100} %`,
    judge: ({ row, cases }: RowResult) => {
      const ours = medians(row.figures[index]!, cases.filter(counts));
      if (ours.length < 2) return null;
      const most = Math.max(...ours) / Math.min(...ours);
      return { reached: `most ÷ least ${shownRatio(most)}`, isHeld: most <= 1 + within };
    },
  };
}

function medians(figure: Figure, cases: readonly CaseResult[]): readonly number[] {
  return cases.flatMap((each) => summarize(figure, each, "umbel")?.median ?? []);
}
