// n.b. First: it has to be there before anything connects.
import { bytesWritten } from "../socket-bytes.ts";
import { Profiler } from "../prof/profiler.ts";
import { serveRows } from "../serve-rows.ts";
import { placesFrom } from "./app.ts";
import { sampleOf } from "./sample.ts";
import { openWorld } from "./world.ts";

const world = openWorld(placesFrom(process.env));
serveRows((row) => row.umbel, world, {
  bytes: async () => bytesWritten(),
  ...new Profiler().answers,
  sample: () => sampleOf(world),
});
