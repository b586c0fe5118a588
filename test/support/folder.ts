import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** A temporary folder, which goes with the test. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a folder of ES modules.
 *
 * @param files - What is in it: contents by path.
 */
export async function openFolder(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "umbel-test-"));
  const all = Object.entries({ "package.json": '{ "type": "module", "private": true }', ...files });
  for (const [name, content] of all) await write(join(path, name), content);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The same, where the packages can be imported from their sources. */
export async function openProject(files: Readonly<Record<string, string>>): Promise<Folder> {
  const folder = await openFolder(files);
  await symlink(join(ROOT, "node_modules"), join(folder.path, "node_modules"), "dir");
  return folder;
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
