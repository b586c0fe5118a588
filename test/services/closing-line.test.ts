import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SAMPLES = fileURLToPath(new URL("../support/closing-line/", import.meta.url));
const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

test("the last line counts what failed outside of a test too, and what was skipped is named with its reason", async () => {
  const { output, code } = await runSamples();
  expect(output.trimEnd().split("\n").slice(-8)).toEqual([
    "                passed  failed skipped",
    "samples              2       3       4",
    "",
    "skipped: outcomes.sample.ts › gives up (there is no time)",
    "skipped: outcomes.sample.ts › a suite that lacks something (no Something: it is not there)",
    "skipped: outcomes.sample.ts › a suite whose hook fails > never runs",
    "",
    "2 passed, 3 failed, 4 skipped",
  ]);
  expect(code).toBe(1);
});

async function runSamples() {
  const child = spawn(process.execPath, [VITEST, "run", "--root", SAMPLES]);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { output, code: code as number };
}
