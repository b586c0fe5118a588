import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../test/services/command.ts";
import { CACHE } from "./cache.ts";

const INSTALL_WITHIN_MS = 10 * 60_000;

/**
 * Installs a package of PyPI into a folder of the cache, where the next run finds it.
 *
 * @param requirement - As `pip` takes it, with its version: `celery[redis]==5.7.0`.
 * @returns The Python that has it.
 * @throws {Error} There is no `python3` with `venv`, or PyPI has no build for it, or cannot be reached.
 */
export async function installFromPypi(requirement: string): Promise<string> {
  const folder = join(CACHE, requirement.replaceAll(/\W+/g, "-"));
  const python = join(folder, "bin/python");
  const complete = join(folder, "complete");
  if (!existsSync(complete)) {
    console.log(`installing ${requirement} from PyPI …`);
    await mkdir(CACHE, { recursive: true });
    await runCommand("python3", ["-m", "venv", "--clear", folder], { timeoutMs: INSTALL_WITHIN_MS });
    await runCommand(python, ["-m", "pip", "install", "--quiet", requirement], {
      timeoutMs: INSTALL_WITHIN_MS,
    });
    await writeFile(complete, "");
  }
  return python;
}
