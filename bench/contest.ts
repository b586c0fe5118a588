import type { Contestant } from "./contestant.ts";
import type { Launch } from "./launch.ts";
import { openLimit } from "./limits/contestant.ts";
import type { RowResult } from "./result.ts";
import type { RoundsOptions } from "./rounds.ts";
import { playRow } from "./rounds.ts";
import type { Case, Row } from "./row.ts";
import type { Servers } from "./site.ts";
import { Site } from "./site.ts";
import { askSample, openUmbel } from "./umbel/contestant.ts";

/** A peer, by what opens it. */
export type OpenPeer = (site: Site, workers: Row["workers"]) => Promise<Contestant>;

export interface ContestOptions extends RoundsOptions {
  readonly servers: Servers;
  readonly launch: Launch;
  /** Those who take part in a row. */
  readonly peers: (row: Row) => readonly OpenPeer[];
}

/** Plays one row from start to end: nobody has anything left of the row before. */
export async function contest(row: Row, cases: readonly Case[], options: ContestOptions): Promise<RowResult> {
  await using team = await openAll(row, options);
  return await playRow(row, cases, team.all, options);
}

interface Opened extends AsyncDisposable {
  readonly all: readonly Contestant[];
}

/** n.b. Ours first: the limits move as many bytes. They take their turns before us. */
async function openAll(row: Row, { servers, launch, peers }: ContestOptions): Promise<Opened> {
  const all: Contestant[] = [];
  const close = async (): Promise<void> => {
    for (const each of all) await each[Symbol.asyncDispose]();
  };
  try {
    const newSite = (): Site => new Site(servers, launch);
    const ours = await openUmbel(newSite(), row.workers);
    all.push(ours);
    if (row.bundle !== undefined) all.push(await openUmbel(newSite(), row.workers, row.bundle));
    if (row.limit !== undefined)
      all.unshift(await openLimit(newSite(), await sampleOf(ours, row), row.workers));
    for (const open of peers(row)) all.push(await open(newSite(), row.workers));
    return { all, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

const NOTHING = { message: 0, outcome: 0 };

function sampleOf(ours: Contestant, row: Row): Promise<typeof NOTHING> {
  return row.workers === 0 ? Promise.resolve(NOTHING) : askSample(ours);
}
