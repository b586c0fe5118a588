import { chain } from "@umbel/canvas";
import { measuredPer } from "../figures.ts";
import type { CaseResult } from "../result.ts";
import { summarize } from "../result.ts";
import { shownRatio } from "../report/number.ts";
import type { Case, Figure, Row, Target } from "../row.ts";
import { timed, upTo } from "../timed.ts";

const STEP_TIME: Figure = {
  name: "time",
  unit: "ms a step",
  better: "less",
  of: ({ ms }, { times = 1 }) => ms / times,
};

const FIGURES = [
  STEP_TIME,
  measuredPer("bytes to the broker", "bytes a step to the broker"),
  measuredPer("bytes to the store", "bytes a step to the store"),
];

export const payload: Row = {
  name: "payload",
  work: "Text through chains of two lengths: what a step takes, sends and stores.",
  cases: [
    ...[of("1 kB", 1000, 5), of("1 kB", 1000, 20)],
    ...[of("100 kB", 100_000, 5), of("100 kB", 100_000, 20)],
    ...[of("10 MB", 10_000_000, 5), of("10 MB", 10_000_000, 10)],
  ],
  tiny: [of("1 kB", 1000, 2), of("1 kB", 1000, 4)],
  figures: FIGURES,
  targets: [flatInLength(1), flatInLength(2)],
  answer: () => true,
  celery: true,
  umbel: ({ tasks }, { size, times = 1 }) => {
    const text = "x".repeat(size);
    return timed(async () => {
      const steps = upTo(times).map(() => tasks.echo.s());
      return (
        (await chain(...steps)
          .apply(text)
          .get()) === text
      );
    });
  },
  bullmq: (world, { size, times = 1 }) => {
    const text = "x".repeat(size);
    return timed(async () => (await world.echo(text, times)) === text);
  },
};

function of(name: string, size: number, times: number): Case {
  return { name: `${name} through ${times} steps`, size, times };
}

/** Of each payload the figures of its two chains are within a fifth of each other. */
function flatInLength(index: number): Target {
  const figure = FIGURES[index]!;
  return {
    text: `${figure.unit}: flat in the length of the chain, within 20 %`,
    judge: ({ cases }) => {
      const ratios = [...pairsOf(cases)].map(([short, long]) => {
        const [one, other] = [short, long].map((each) => summarize(figure, each, "umbel")?.median);
        return (other ?? Number.NaN) / (one ?? Number.NaN);
      });
      return { reached: ratios.map(shownRatio).join(", "), isHeld: ratios.every((each) => each <= 1.2) };
    },
  };
}

function* pairsOf(cases: readonly CaseResult[]): Generator<readonly [CaseResult, CaseResult]> {
  for (const short of cases) {
    const long = cases.find(
      ({ which }) => which.size === short.which.size && (which.times ?? 1) > (short.which.times ?? 1),
    );
    if (long !== undefined) yield [short, long];
  }
}
