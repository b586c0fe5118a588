import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Profiler } from "node:inspector";
import type { Launch } from "../launch.ts";
import { shown } from "../report/number.ts";
import { RESULTS } from "../results-folder.ts";
import { takeFor } from "../rounds.ts";
import type { Case, Row } from "../row.ts";
import type { Servers } from "../site.ts";
import { Site } from "../site.ts";
import { openUmbel } from "../umbel/contestant.ts";
import type { Hot } from "./hottest.ts";
import { hottestFunctions, hottestPackages } from "./hottest.ts";

export interface ProfileOptions {
  readonly servers: Servers;
  readonly launch: Launch;
  /** Milliseconds that the work is done before, without the profile. */
  readonly warmUpMs: number;
  /** How often the row is done under the profile. */
  readonly rounds: number;
}

/**
 * Profiles our processes at a row's last case, which is its largest.
 *
 * @returns For each process the file that was written, and what its time went into, for people to read.
 */
export async function profileRow(row: Row, cases: readonly Case[], options: ProfileOptions): Promise<string> {
  const which = cases.at(-1)!;
  await mkdir(RESULTS, { recursive: true });
  await using ours = await openUmbel(new Site(options.servers, options.launch), row.workers);
  await takeFor(options.warmUpMs, ours, row, which);
  await ours.askAll(() => ({ ask: "start profile" }));
  for (let round = 0; round < options.rounds; round += 1) await ours.take(row, which);
  const files = await ours.askAll((process) => ({ ask: "end profile", file: fileOf(row, process) }));
  const parts = await Promise.all(files.map(([process]) => described(row, which, process)));
  return parts.join("\n\n");
}

function fileOf({ name }: Row, process: string): string {
  return join(RESULTS, `${name}-${process}.cpuprofile`);
}

async function described(row: Row, { name }: Case, process: string): Promise<string> {
  const file = fileOf(row, process);
  const profile = JSON.parse(await readFile(file, "utf8")) as Profiler.Profile;
  const [packages, functions] = [hottestPackages(profile), hottestFunctions(profile)];
  const busyMs = packages.reduce((sum, { ms }) => sum + ms, 0);
  const wholeMs = (profile.endTime - profile.startTime) / 1000;
  return [
    `${row.name}, ${name}: ${process}, busy for ${shown((busyMs / wholeMs) * 100)} % of ${shown(wholeMs)} ms: ${file}`,
    ...["by package", ...lines(packages.slice(0, 8))],
    ...["by function, in itself", ...lines(functions.slice(0, 25))],
  ].join("\n");
}

function lines(all: readonly Hot[]): readonly string[] {
  return all.map(({ name, ms, share }) => `  ${cell(share * 100)} % ${cell(ms)} ms  ${name}`);
}

function cell(value: number): string {
  return value.toFixed(1).padStart(8);
}
