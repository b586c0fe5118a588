import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MUTANTS } from "./mutants/index.ts";

const root = new URL("../..", import.meta.url).pathname;
let copy = "";

/** A copy of the sources whose packages find each other, and everything else where it is. */
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "umbel-mutants-"));
  for (const folder of ["packages", "test"]) {
    await cp(join(root, folder), join(copy, folder), {
      recursive: true,
      filter: (path) => !/\/(dist|node_modules)$/.test(path),
    });
  }
  for (const file of ["package.json", "tsconfig.base.json"]) await cp(join(root, file), join(copy, file));
  await mkdir(join(copy, "node_modules/@umbel"), { recursive: true });
  for (const name of await readdir(join(root, "node_modules"))) {
    if (name !== "@umbel") await symlink(join(root, "node_modules", name), join(copy, "node_modules", name));
  }
  for (const name of ["core", "canvas", "runtime", "backend-mongo"]) {
    await symlink(join(copy, "packages", name), join(copy, "node_modules/@umbel", name));
  }
});

afterAll(() => rm(copy, { recursive: true, force: true }));

/** Runs the tests of one rule, or the laws, in the copy; true when they pass. */
function passes(rule: string): Promise<boolean> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "-c", "test/protocol/vitest.config.ts", rule], {
    cwd: copy,
    env: { ...process.env, UMBEL_DEEP: "0" }, // 200 flows a law show what is missing
    stdio: "ignore",
    timeout: 150_000,
  });
  return new Promise((resolve, reject) =>
    child.on("exit", (code) => {
      if (code === null) reject(new Error(`${rule} took too long to tell`));
      else resolve(code === 0);
    }),
  );
}

/** Whether nothing notices. n.b. The laws draw their flows anew each time, and some miss what another finds. */
async function survives(rule: string): Promise<boolean> {
  for (let tries = rule === "engine" ? 3 : 1; tries > 0; tries -= 1) if (!(await passes(rule))) return false;
  return true;
}

describe("the tests of a rule, and the laws of the engine, fail when something of it is taken out", () => {
  const rules = [...new Set(MUTANTS.map(({ rule }) => rule))];

  test.each(rules)("%s passes as it is", async (rule) => expect(await passes(rule)).toBe(true), 180_000);

  test.each(MUTANTS)(
    "$rule fails when $name",
    async ({ rule, file, find, replace }) => {
      const path = join(copy, file);
      const source = await readFile(path, "utf8");
      expect(source.split(find).length, `"${find}" has to be in ${file} once`).toBe(2);
      await writeFile(
        path,
        source.replace(find, () => replace),
      );
      try {
        expect(await survives(rule)).toBe(false);
      } finally {
        await writeFile(path, source);
      }
    },
    480_000,
  );
});
