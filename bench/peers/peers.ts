import type { Service } from "../../test/services/service.ts";
import type { OpenPeer } from "../contest.ts";
import type { Machine } from "../machine.ts";
import type { Peer } from "../options.ts";
import type { Row } from "../row.ts";
import { takesPart } from "../row.ts";
import { openBullmq } from "./bullmq/contestant.ts";
import { installBullmq } from "./bullmq/install.ts";
import { openCelery } from "./celery/contestant.ts";
import { installCelery } from "./celery/install.ts";
import { findRedis } from "./redis/redis.ts";

/** Those others who are there to be compared with, and what they need. */
export interface Peers extends AsyncDisposable {
  /** Undefined where nobody needs it, or it cannot be had. */
  readonly redis: Service | undefined;
  readonly versions: Machine;
  /** Those who take part in a row. */
  readonly of: (row: Row) => readonly OpenPeer[];
}

/**
 * Installs peers, and starts what they need.
 *
 * @param say - Told of each that cannot be had, and why, in one line; the others are compared with all the same.
 */
export async function preparePeers(names: readonly Peer[], say: (line: string) => void): Promise<Peers> {
  const redis = names.length === 0 ? undefined : await had("redis", findRedis, say);
  const entries: Entry[] = [];
  for (const name of names) entries.push(...((await had(name, () => ENTER[name](redis), say)) ?? []));
  return {
    redis,
    versions: Object.assign({}, ...entries.map(({ versions }) => versions)) as Machine,
    of: (row) => entries.filter(({ name }) => takesPart(row, name)).map(({ open }) => open),
    [Symbol.asyncDispose]: async () => redis?.stop(),
  };
}

interface Entry {
  readonly name: "celery" | "celery-mongodb" | "bullmq";
  readonly open: OpenPeer;
  readonly versions: Machine;
}

const ENTER: Readonly<Record<Peer, (redis: Service | undefined) => Promise<readonly Entry[]>>> = {
  celery: enterCelery,
  bullmq: enterBullmq,
};

async function enterCelery(redis: Service | undefined): Promise<readonly Entry[]> {
  const celery = await installCelery();
  const versions = { celery: withBesides("celery", celery.versions) };
  const entry = (name: Entry["name"], results: "redis" | "mongodb"): Entry => ({
    ...{ name, versions },
    open: (site, workers) => openCelery(celery, results, site, workers),
  });
  const withMongodb = entry("celery-mongodb", "mongodb");
  return redis === undefined ? [withMongodb] : [entry("celery", "redis"), withMongodb];
}

async function enterBullmq(redis: Service | undefined): Promise<readonly Entry[]> {
  if (redis === undefined) throw new Error("it needs Redis");
  const bullmq = await installBullmq();
  return [
    {
      name: "bullmq",
      versions: { bullmq: withBesides("bullmq", bullmq.versions) },
      open: (site, workers) => openBullmq(bullmq, site, workers),
    },
  ];
}

/** `5.7.0 (kombu 5.7.0, python 3.11.7)`. */
function withBesides(name: string, versions: Machine): string {
  const besides = Object.entries(versions).filter(([other]) => other !== name);
  return `${versions[name]} (${besides.map((each) => each.join(" ")).join(", ")})`;
}

async function had<Thing>(
  name: string,
  get: () => Promise<Thing>,
  say: (line: string) => void,
): Promise<Thing | undefined> {
  try {
    return await get();
  } catch (error) {
    say(`${name} cannot be had: ${(error as Error).message}`);
    return undefined;
  }
}
