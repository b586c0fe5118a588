import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** How the programs that are measured are run. */
export interface Launch {
  /** `node`, and its options. */
  readonly node: readonly string[];
  /** The file that a program of `bench/` is in: `umbel/worker`. */
  readonly file: (program: string) => string;
  /** The command `umbel`, for `node`. */
  readonly umbel: string;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** As it is published: what `npm run build` has made. */
export const BUILT: Launch = {
  node: [process.execPath],
  file: (program) => join(ROOT, "bench/dist", `${program}.js`),
  umbel: join(ROOT, "packages/runtime/bin/umbel.js"),
};

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** From the sources, so that tests need no build. Not for measuring. */
export const FROM_SOURCE: Launch = {
  node: [process.execPath, "--conditions=@umbel/source", "--import", TSX],
  file: (program) => join(ROOT, "bench", `${program}.ts`),
  umbel: join(ROOT, "packages/runtime/src/cli/main.ts"),
};
