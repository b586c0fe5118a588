import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { perSecond } from "../../bench/figures.ts";
import { readOptions } from "../../bench/options.ts";
import { hottestFunctions, hottestPackages } from "../../bench/prof/hottest.ts";
import { chartOf } from "../../bench/report/chart.ts";
import { dataOf } from "../../bench/report/data.ts";
import type { Report } from "../../bench/report/page.ts";
import { withMeasured } from "../../bench/report/page.ts";
import { reportOf } from "../../bench/report/read.ts";
import { rowSection } from "../../bench/report/table.ts";
import type { RowResult, Turn } from "../../bench/result.ts";
import type { Row } from "../../bench/row.ts";
import { rowsOf } from "../../bench/rows/index.ts";
import { ahead } from "../../bench/targets.ts";
import { ROOT } from "../support/folder.ts";

const row: Row = {
  name: "count",
  work: "Counting.",
  cases: [{ name: "1,000 sheep", size: 1000 }],
  tiny: [],
  figures: [perSecond("sheep")],
  targets: [ahead("limit", 0.9), ahead("celery", 2), ahead("bullmq", 2)],
  answer: () => 1000,
  umbel: () => Promise.reject(new Error("nobody counts")),
};

const result: RowResult = {
  row,
  cases: [
    {
      which: row.cases[0]!,
      turns: { limit: turns(400), umbel: turns(500, 1000, 400), celery: turns(2000, 1600, 2500) },
    },
  ],
};

const report: Report = {
  measuredAt: new Date("2026-01-02T03:04:05Z"),
  machine: { node: "20.19.0" },
  rounds: 3,
  results: [result],
};

test("the page can be made again of the data, with what is said of its rows by then", () => {
  const read = reportOf(dataOf(report), [{ ...row, bound: "the sheep" }]);
  expect({ ...read, results: read.results.map(rowSection) }).toEqual({
    ...report,
    results: [`${rowSection(result)}\n\nWhat bounds it: the sheep`],
  });
  expect(() => reportOf(dataOf(report), [])).toThrow('the row "count", which there is no more');
});

test("a row has medians, spreads, ratios, and what became of each target", () => {
  expect(rowSection(result)).toBe(`### count

Counting.

|  | limit | umbel | celery | umbel ÷ limit | umbel ÷ celery |
| --- | --- | --- | --- | --- | --- |
| 1,000 sheep, sheep/s | 2,500 (2,500–2,500) | 2,000 (1,000–2,500) | 500 (400–625) | 0.8× | 4× |

- ≥ 0.9 × limit: **falls short**, 0.8×
- ≥ 2 × celery: held, 4×
- ≥ 2 × bullmq: not compared`);
});

test("a cell is marked where others used more than a tenth of the machine in a turn", () => {
  const noisy = [...turns(500), { ms: 500, others: 0.11, repeats: 3 }];
  const marked = { row, cases: [{ which: row.cases[0]!, turns: { umbel: noisy } }] };
  expect(rowSection(marked)).toContain("2,000 (2,000–2,000) \\* |");
});

test("docs/performance.md has the markers between which a run is written, and keeps the rest", () => {
  const page = readFileSync(join(ROOT, "docs/performance.md"), "utf8");
  const once = withMeasured(page, report, "performance.svg");
  expect(once).toContain("Measured on 2026-01-02, 3 rounds, on\n\n- node: 20.19.0\n\n![");
  expect(once).toContain("### count\n");
  expect(once.startsWith(page.slice(0, page.indexOf("<!--")))).toBe(true);
  expect(withMeasured(once, report, "performance.svg")).toBe(once);
});

test("a page without markers is refused", () => {
  expect(() => withMeasured("# Page", report, "performance.svg")).toThrow("the page needs two lines");
});

test("the chart has a bar for each that was compared, from 1 to the ratio", () => {
  const chart = chartOf([result]);
  expect(chart).toContain(">count</text>");
  expect(chart).toContain(">0.8×</text>");
  expect(chart).toContain(">4×</text>");
  expect(chart.match(/<rect [^>]*height="13"/g)).toHaveLength(2);
});

test("the data have every turn and every verdict", () => {
  const { rows } = JSON.parse(dataOf(report)) as {
    rows: { targets: unknown[]; cases: { turns: object }[] }[];
  };
  expect(rows[0]!.targets[1]).toEqual({ target: "≥ 2 × celery", verdict: { reached: "4×", isHeld: true } });
  expect(rows[0]!.cases[0]!.turns).toEqual(result.cases[0]!.turns);
});

test("a profile is told by function and by package, without the time in which nothing was done", () => {
  const at = (url: string, functionName: string) => ({
    ...{ functionName, url, scriptId: "1" },
    ...{ lineNumber: 9, columnNumber: 0 },
  });
  const profile: Profiler.Profile = {
    nodes: [
      { id: 1, callFrame: at("file:///x/packages/core/dist/ids.js", "pack") },
      { id: 2, callFrame: at("file:///x/node_modules/bson/lib/bson.cjs", "write") },
      { id: 3, callFrame: at("", "(idle)") },
    ],
    ...{ startTime: 0, endTime: 10_000 },
    samples: [1, 2, 3, 1],
    timeDeltas: [0, 3000, 1000, 6000],
  };
  const [first, second] = hottestFunctions(profile);
  expect(first).toEqual({ name: "pack core/dist/ids.js:10", ms: 3, share: 0.75 });
  expect(second?.name).toBe("write bson/lib/bson.cjs:10");
  expect(hottestPackages(profile).map(({ name }) => name)).toEqual(["core", "bson"]);
});

test("the command line names rows, peers and rounds; what it does not know is refused", () => {
  const { rows, peers, rounds } = readOptions(["--rows", "chord,call", "--peers", "celery", "--rounds", "3"]);
  expect({ rows, peers, rounds }).toEqual({ rows: ["chord", "call"], peers: ["celery"], rounds: 3 });
  expect(rowsOf(["memory"]).map(({ name }) => name)).toEqual(["memory-group", "memory-chain"]);
  expect(() => rowsOf(["nothing"])).toThrow("there is no row nothing; there are call, throughput,");
  expect(() => readOptions(["--peers", "sidekiq"])).toThrow("there is no peer sidekiq");
  expect(() => readOptions(["--rounds", "0"])).toThrow("expected a whole number from 1");
  expect(() => readOptions(["--round", "1"])).toThrow(/--round[^]*--rounds 5/);
  expect(readOptions(["--help"]).help).toBe(true);
  expect(() => readOptions(["--write", "--rows", "chord"])).toThrow("--write is for a run of all rows");
});

const runFile = promisify(execFile);

/** `npm run bench`, from the sources. */
function bench(...line: readonly string[]): Promise<{ readonly stdout: string }> {
  const options = ["--conditions=@umbel/source", "--import", "tsx", join(ROOT, "bench", "main.ts")];
  return runFile(process.execPath, [...options, ...line], { cwd: ROOT });
}

test("the program says what can be written, when it is asked and when it is not understood", async () => {
  const { stdout } = await bench("--help");
  expect(stdout).toContain("npm run bench -- --prof chord");
  const refused = bench("--peers", "temporal");
  await expect(refused).rejects.toMatchObject({
    code: 2,
    stdout: "",
    stderr: "there is no peer temporal; there are celery, bullmq\n",
  });
});

function turns(...all: readonly number[]): readonly Turn[] {
  return all.map((ms) => ({ ms, others: 0, repeats: 0 }));
}
