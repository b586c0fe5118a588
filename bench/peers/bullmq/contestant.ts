import { Contestant } from "../../contestant.ts";
import { Program } from "../../program.ts";
import type { Row } from "../../row.ts";
import type { Site } from "../../site.ts";
import type { InstalledBullmq } from "./install.ts";

/** Its best over all rows: of 10, 50, 100, 250, 500 and 1,000 in turns, chords are fastest with it, and the others as fast. */
const CONCURRENCY = 50;

/** BullMQ on Redis. @throws {Error} There is no Redis. */
export async function openBullmq(
  { folder }: InstalledBullmq,
  site: Site,
  workers: Row["workers"] = 1,
): Promise<Contestant> {
  const { launch, servers, queues } = site;
  if (servers.redis === undefined) throw new Error("there is no Redis for BullMQ");
  const environment = {
    ...site.environment,
    BENCH_BULLMQ: folder,
    BENCH_REDIS: servers.redis,
    BENCH_CONCURRENCY: String(CONCURRENCY),
  };
  const run = (program: string, more: Readonly<Record<string, string>> = {}): Program =>
    new Program(`bullmq's ${program}`, [...launch.node, launch.file(`peers/bullmq/${program}`)], {
      folder: site.folder,
      environment: { ...environment, ...more },
    });
  const all = queues.slice(0, workers).map((queue) => run("worker", { BENCH_SERVES: queue }));
  const client = run("client");
  await Promise.all(all.map((worker) => worker.note("ready")));
  return new Contestant("bullmq", { site, client, workers: all });
}
