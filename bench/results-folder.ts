import { fileURLToPath } from "node:url";

/** Where a run leaves what it measured; of no interest to git. */
export const RESULTS: string = fileURLToPath(new URL("results/", import.meta.url));
