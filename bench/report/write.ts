import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RESULTS } from "../results-folder.ts";
import { chartOf } from "./chart.ts";
import { dataOf } from "./data.ts";
import type { Report } from "./page.ts";
import { withMeasured } from "./page.ts";
import { reportOf } from "./read.ts";
import type { Row } from "../row.ts";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));

/** What every run leaves. @returns The file. */
export async function writeData(report: Report): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const file = join(RESULTS, "latest.json");
  await writeFile(file, dataOf(report));
  return file;
}

/** The page again, from the data beside it. @returns The files. */
export async function writePageAgain(rows: readonly Row[]): Promise<readonly string[]> {
  return writePage(reportOf(await readFile(join(DOCS, "performance.json"), "utf8"), rows));
}

/** The page, its chart and the data beside it. @returns The files. */
export async function writePage(report: Report): Promise<readonly string[]> {
  const [page, chart, data] = ["performance.md", "performance.svg", "performance.json"].map((name) =>
    join(DOCS, name),
  ) as [string, string, string];
  await writeFile(page, withMeasured(await readFile(page, "utf8"), report, "performance.svg"));
  await writeFile(chart, chartOf(report.results));
  await writeFile(data, dataOf(report));
  return [page, chart, data];
}
