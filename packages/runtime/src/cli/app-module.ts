import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isApp } from "../brand.ts";
import type { Umbel } from "../umbel.ts";
import { CommandError } from "./command-error.ts";

/**
 * Imports a module and finds the app in it: its default export, an export named `app`, else the only export that is
 * an app.
 *
 * @param module - A path, absolute or from `folder`: `./dist/tasks.js`; `.ts` where Node can import it.
 * @throws {CommandError} There is no such file, it fails, or it does not export one app.
 */
export async function importApp(module: string, folder: string): Promise<Umbel> {
  const path = resolve(folder, module);
  await requireFile(path, module);
  return appIn(await importFile(path, module), module);
}

async function requireFile(path: string, module: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return;
  const what = found === null ? "there is no such file" : "that is not a file";
  throw new CommandError(`cannot import ${module}: ${what} (${path}); name the module that exports the app`);
}

async function importFile(path: string, module: string): Promise<object> {
  try {
    return (await import(pathToFileURL(path).href)) as object;
  } catch (error) {
    throw importError(module, error);
  }
}

function importError(module: string, error: unknown): CommandError {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[cm]?ts"/.test(String(error))) {
    const advice = `build it and name the .js file, or set NODE_OPTIONS="--import tsx" where tsx is installed`;
    return new CommandError(
      `cannot import ${module}: Node ${process.versions.node} does not read TypeScript; ${advice}`,
    );
  }
  if (code === "INVALID_OPTION" && error instanceof Error) return new CommandError(error.message);
  return new CommandError(`cannot import ${module}: an error in it, or in what it imports:`, {
    cause: error,
  });
}

function appIn(exports: object, module: string): Umbel {
  const apps = appsOf(exports);
  const named = apps.get("default") ?? apps.get("app");
  if (named !== undefined) return named;
  const [only, ...others] = new Set(apps.values());
  if (only === undefined) throw new CommandError(`${module} exports no app; ${ADVICE}`);
  if (others.length === 0) return only;
  throw new CommandError(`${module} exports several apps (${[...apps.keys()].join(", ")}); ${ADVICE}`);
}

const ADVICE = "export the one to run as `app`, as in `export const app = new Umbel(…)`";

/** A module of CommonJS has its exports in its default export. */
function appsOf(exports: object): ReadonlyMap<string, Umbel> {
  const { default: inner } = exports as { readonly default?: unknown };
  const isWrapped = typeof inner === "object" && inner !== null && !isApp(inner);
  const all = [...(isWrapped ? Object.entries(inner) : []), ...Object.entries(exports)];
  return new Map(all.filter((each): each is [string, Umbel] => isApp(each[1])));
}
