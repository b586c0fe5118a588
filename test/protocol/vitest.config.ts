import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/** The rules and the laws of the engine alone, with no server: what runs them again and again with one thing taken out. */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  ssr: { resolve: { conditions: ["@umbel/source", ...defaultServerConditions] } },
  test: {
    include: ["test/protocol/*.test.ts", "test/property/engine.test.ts"],
    exclude: ["**/*.deep.test.ts"],
    isolate: false,
    pool: "threads",
    maxWorkers: "100%",
    testTimeout: 60_000,
  },
});
