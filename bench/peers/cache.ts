import { fileURLToPath } from "node:url";

/** Where peers are installed: outside of the workspace and its lockfile, and kept for the next run. */
export const CACHE: string = fileURLToPath(
  new URL("../../node_modules/.cache/umbel-bench/", import.meta.url),
);
