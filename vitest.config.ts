import { defaultServerConditions } from "vite";
import { configDefaults, defineConfig } from "vitest/config";

/** `*.deep.test.ts` takes longer than anyone waits for: `npm run test:deep`. */
const shallow = process.env["UMBEL_DEEP"] === "1" ? [] : ["**/*.deep.test.ts"];

export default defineConfig({
  // The packages resolve to their sources: nothing is built before the tests.
  ssr: { resolve: { conditions: ["@umbel/source", ...defaultServerConditions] } },
  test: {
    // Files share their worker's modules: many times faster, and a test that minds keeps its state in the wrong place.
    isolate: false,
    // By default vitest leaves one core unused: of two, half.
    maxWorkers: "100%",
    exclude: [...configDefaults.exclude, ...shallow],
    reporters: ["default", "./scripts/closing-line.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts"],
          pool: "threads",
          // Properties take their time on a machine that others use, too.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["packages/*/src/**/*.test-d.ts", "test/types/**/*.test-d.ts"],
            tsconfig: "./tsconfig.check.json",
            // Errors of sources are what `npm run typecheck` is for; here they would fail tests that have none.
            ignoreSourceErrors: true,
          },
        },
      },
      {
        extends: true,
        test: {
          name: "test",
          include: ["test/**/*.test.ts"],
          // Signals, `process.exit` and child processes are those of a process only in a process.
          pool: "forks",
          globalSetup: ["./test/services/global-setup.ts"],
          setupFiles: ["./test/services/worker-setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
