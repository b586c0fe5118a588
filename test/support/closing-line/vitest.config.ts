import { defineConfig } from "vitest/config";

/** Runs the samples: files that fail and are skipped in each way there is. */
export default defineConfig({
  test: { name: "samples", include: ["*.sample.ts"], reporters: ["../../../scripts/closing-line.ts"] },
});
