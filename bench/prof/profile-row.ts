import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Profiler } from "node:inspector";
import type { Launch } from "../launch.ts";
import { shown } from "../report/number.ts";
import { takeFor } from "../rounds.ts";
import type { Contestant } from "../contestant.ts";
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
  /** Where the profiles are written; made where it is not there. */
  readonly folder: string;
}

/**
 * Profiles our processes at each of a row's cases.
 *
 * @returns For each case and process the file that was written, and what its time went into, for people to read.
 */
export async function profileRow(row: Row, cases: readonly Case[], options: ProfileOptions): Promise<string> {
  await mkdir(options.folder, { recursive: true });
  await using ours = await openUmbel(new Site(options.servers, options.launch), row.workers);
  const parts: string[] = [];
  for (const which of cases) parts.push(...(await profileCase(ours, row, which, options)));
  return parts.join("\n\n");
}

async function profileCase(
  ours: Contestant,
  row: Row,
  which: Case,
  { warmUpMs, rounds, folder }: ProfileOptions,
): Promise<readonly string[]> {
  await takeFor(warmUpMs, ours, row, which);
  await ours.askAll(() => ({ ask: "start profile" }));
  for (let round = 0; round < rounds; round += 1) await ours.take(row, which);
  const fileOf = (process: string): string => join(folder, fileName(row, which, process));
  const ended = await ours.askAll((process) => ({ ask: "end profile", file: fileOf(process) }));
  const things = rounds * which.size * (which.times ?? 1);
  return Promise.all(
    ended.map(([process]) => described(`${row.name}, ${which.name}: ${process}`, fileOf(process), things)),
  );
}

/** `chord-5,000-members-worker.cpuprofile`. */
function fileName({ name }: Row, which: Case, process: string): string {
  return `${name}-${which.name.replaceAll(/[\s/]+/g, "-")}-${process}.cpuprofile`;
}

/** n.b. What one thing takes is of one process alone, and under the profile: to compare cases, not rows. */
async function described(what: string, file: string, things: number): Promise<string> {
  const profile = JSON.parse(await readFile(file, "utf8")) as Profiler.Profile;
  const [packages, functions] = [hottestPackages(profile), hottestFunctions(profile)];
  const busyMs = packages.reduce((sum, { ms }) => sum + ms, 0);
  const wholeMs = (profile.endTime - profile.startTime) / 1000;
  const share = `${shown((busyMs / wholeMs) * 100)} % of ${shown(wholeMs)} ms`;
  return [
    `${what}, busy for ${share}, ${shown((busyMs * 1000) / things)} µs a thing: ${file}`,
    ...["by package", ...lines(packages.slice(0, 12), things)],
    ...["by function, in itself", ...lines(functions.slice(0, 25), things)],
  ].join("\n");
}

function lines(all: readonly Hot[], things: number): readonly string[] {
  return all.map(
    ({ name, ms, share }) =>
      `  ${cell(share * 100)} % ${cell(ms)} ms ${cell((ms * 1000) / things)} µs  ${name}`,
  );
}

function cell(value: number): string {
  return value.toFixed(1).padStart(8);
}
