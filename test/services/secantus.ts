import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "./command.ts";

const VERSION = "0.7.0b3";
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/umbel/", import.meta.url));
const INSTALL_WITHIN_MS = 10 * 60_000;

/**
 * Installs SecantusDB from PyPI into a folder of the cache, where the next run finds it.
 *
 * @returns Its server, `secantusd-py`.
 * @throws {Error} There is no `python3` with `venv`, or PyPI has no build for it.
 */
export async function installSecantus(): Promise<string> {
  const folder = join(CACHE, `secantus-${VERSION}`);
  const complete = join(folder, "complete");
  if (!existsSync(complete)) {
    console.log(`installing SecantusDB ${VERSION} from PyPI …`);
    await mkdir(CACHE, { recursive: true });
    await runCommand("python3", ["-m", "venv", "--clear", folder], { timeoutMs: INSTALL_WITHIN_MS });
    await runCommand(join(folder, "bin/pip"), ["install", `SecantusDB==${VERSION}`], {
      timeoutMs: INSTALL_WITHIN_MS,
    });
    await writeFile(complete, "");
  }
  return join(folder, "bin/secantusd-py");
}
