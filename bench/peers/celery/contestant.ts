import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Contestant } from "../../contestant.ts";
import { Program } from "../../program.ts";
import type { Row } from "../../row.ts";
import type { Site } from "../../site.ts";
import type { Celery } from "./install.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * Celery on RabbitMQ, with the results in Redis, where it is fastest, or in MongoDB, as ours are.
 *
 * @throws {Error} Results are to be in Redis, and there is none.
 */
export async function openCelery(
  celery: Celery,
  results: "redis" | "mongodb",
  site: Site,
  workers: Row["workers"] = 1,
): Promise<Contestant> {
  const options = { folder: HERE, environment: environmentOf(site, results) };
  const client = new Program("celery's client", [celery.python, "client.py"], options);
  const all = site.queues.slice(0, workers).map((queue) => {
    const line = [celery.python, ...WORKER, "-Q", queue, "-n", `${queue}@%h`];
    return new Program("celery's worker", line, options);
  });
  await Promise.all(all.map((worker) => worker.note("ready")));
  const name = results === "redis" ? "celery" : "celery-mongodb";
  return new Contestant(name, { site, client, workers: all });
}

/** A process a core; one that is at work is sent nothing; and nothing is sent around that nobody reads. */
const WORKER = [
  ...["-m", "celery", "-A", "worker", "worker", "-l", "warning"],
  ...["-P", "prefork", "-c", String(availableParallelism()), "-Ofair"],
  ...["--without-gossip", "--without-mingle", "--without-heartbeat"],
];

function environmentOf(
  { environment, backend, servers }: Site,
  results: "redis" | "mongodb",
): Record<string, string> {
  const url = results === "redis" ? servers.redis : backend;
  if (url === undefined) throw new Error("there is no Redis for Celery's results");
  return { ...environment, BENCH_RESULTS: url, PYTHONDONTWRITEBYTECODE: "1" };
}
