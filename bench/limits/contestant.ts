import { Contestant } from "../contestant.ts";
import { Program } from "../program.ts";
import type { Row } from "../row.ts";
import type { Site } from "../site.ts";
import type { Sample } from "../umbel/sample.ts";

/**
 * The same bytes by amqplib and the driver alone.
 *
 * @param sample - How many those are.
 */
export async function openLimit(
  site: Site,
  sample: Sample,
  workers: Row["workers"] = 1,
): Promise<Contestant> {
  const { launch, folder, queues } = site;
  const environment = {
    ...site.environment,
    BENCH_MESSAGE_BYTES: String(sample.message),
    BENCH_OUTCOME_BYTES: String(sample.outcome),
  };
  const run = (program: string, more: Readonly<Record<string, string>> = {}): Program =>
    new Program(`the limit's ${program}`, [...launch.node, launch.file(`limits/${program}`)], {
      folder,
      environment: { ...environment, ...more },
    });
  const all = queues.slice(0, workers).map((queue) => run("worker", { BENCH_SERVES: queue }));
  const client = run("client");
  await Promise.all(all.map((worker) => worker.note("ready")));
  return new Contestant("limit", { site, client, workers: all });
}
