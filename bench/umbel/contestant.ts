import { Contestant } from "../contestant.ts";
import { Program } from "../program.ts";
import type { Row } from "../row.ts";
import type { Site } from "../site.ts";
import type { Sample } from "./sample.ts";

/** Chosen once, for all rows: the prefetch is the default of this concurrency, 1,000. */
export const CONCURRENCY = 250;

/**
 * Ours: `umbel worker`, and a client that sends.
 *
 * @param bundle - How many calls travel in one message; default each alone.
 */
export async function openUmbel(
  site: Site,
  workers: Row["workers"] = 1,
  bundle?: number,
): Promise<Contestant> {
  const { launch, folder, queues } = site;
  const environment = { ...site.environment, BENCH_BUNDLE: String(bundle ?? 1) };
  const client = new Program("umbel's client", [...launch.node, launch.file("umbel/client")], {
    folder,
    environment,
  });
  const all = queues.slice(0, workers).map((queue) => {
    const line = [
      ...[...launch.node, launch.umbel, "worker", "-A", launch.file("umbel/worker")],
      ...["-Q", queue, "-c", String(CONCURRENCY), "-l", "warning"],
    ];
    return new Program("umbel's worker", line, { folder, environment });
  });
  await Promise.all(all.map((worker) => worker.note("ready")));
  return new Contestant(bundle === undefined ? "umbel" : "umbel-bundle", {
    site,
    client,
    workers: all,
    tellsBytes: true,
  });
}

/** How many bytes one call of ours moves. */
export async function askSample(contestant: Contestant): Promise<Sample> {
  return (await contestant.ask({ ask: "sample" })) as Sample;
}
