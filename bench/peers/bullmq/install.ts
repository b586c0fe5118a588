import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../../test/services/command.ts";
import { CACHE } from "../cache.ts";

const PACKAGES = { bullmq: "6.7.0", ioredis: "6.0.0" };
const INSTALL_WITHIN_MS = 10 * 60_000;

/** A folder that has BullMQ. */
export interface InstalledBullmq {
  readonly folder: string;
  /** Of it, and of what it works with, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Installs BullMQ from npm into a folder of the cache, where the next run finds it.
 *
 * @throws {Error} npm cannot be reached.
 */
export async function installBullmq(): Promise<InstalledBullmq> {
  const folder = join(CACHE, `bullmq-${PACKAGES.bullmq}`);
  const complete = join(folder, "complete");
  if (!existsSync(complete)) {
    console.log(`installing BullMQ ${PACKAGES.bullmq} from npm …`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: PACKAGES }));
    const line = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"];
    await runCommand("npm", line, { timeoutMs: INSTALL_WITHIN_MS });
    await writeFile(complete, "");
  }
  const names = Object.keys(PACKAGES);
  const versions = await Promise.all(
    names.map(async (name) => [name, await versionOf(folder, name)] as const),
  );
  return { folder, versions: Object.fromEntries(versions) };
}

async function versionOf(folder: string, name: string): Promise<string> {
  const text = await readFile(join(folder, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
