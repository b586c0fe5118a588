import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Child } from "./child.ts";
import type { Folder } from "./folder.ts";
import { ROOT, openFolder } from "./folder.ts";

const PACKAGES = ["core", "canvas", "runtime", "backend-mongo"] as const;

export type PackageName = (typeof PACKAGES)[number];

/** The packages as they would be published. */
export interface Tarballs extends AsyncDisposable {
  /** The path of each. */
  readonly paths: Readonly<Record<PackageName, string>>;
}

/** Packs a copy of the packages, built anew: whoever works in the checkout meanwhile keeps what is built there. */
export async function packAll(): Promise<Tarballs> {
  const folder = await copyOfWorkspace();
  const out = join(folder.path, "out");
  await mkdir(out);
  const workspaces = PACKAGES.flatMap((name) => ["-w", `packages/${name}`]);
  await npm(folder.path, "pack", ...workspaces, "--pack-destination", out);
  const files = await readdir(out);
  const found = PACKAGES.map((name) => [name, join(out, files.find((file) => isOf(file, name)) ?? "none")]);
  return {
    paths: Object.fromEntries(found) as Tarballs["paths"],
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/**
 * A folder in which some of them are installed, and what they depend on.
 *
 * @param files - What else is in it: contents by path.
 */
export async function install(
  { paths }: Tarballs,
  names: readonly PackageName[],
  files: Readonly<Record<string, string>>,
): Promise<Folder> {
  const folder = await openFolder(files);
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  await npm(folder.path, "install", ...options, ...names.map((name) => paths[name]));
  return folder;
}

/** @throws {Error} It failed; with what it wrote. */
async function npm(folder: string, ...args: readonly string[]): Promise<void> {
  await using child = new Child("npm", args, { folder, environment: CLEAN, lifetimeMs: 120_000 });
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`npm ${args[0]} failed with ${code}:\n${child.lines.join("\n")}`);
}

/** n.b. `npm test` tells what it starts which package it is in, and an npm in there would believe it. */
const CLEAN = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^npm_(package|lifecycle|config_local_prefix)/.test(name))
    .map((name) => [name, undefined]),
);

async function copyOfWorkspace(): Promise<Folder> {
  const folder = await openFolder();
  for (const name of ["package.json", "tsconfig.base.json"])
    await cp(join(ROOT, name), join(folder.path, name));
  for (const name of PACKAGES) await copyPackage(name, folder.path);
  await linkModules(folder.path);
  return folder;
}

async function copyPackage(name: PackageName, to: string): Promise<void> {
  const [source, target] = [join(ROOT, "packages", name), join(to, "packages", name)];
  const isSource = (path: string): boolean => !/\/(dist|node_modules)$/.test(path);
  await cp(source, target, { recursive: true, filter: isSource });
  await symlink(join(source, "node_modules"), join(target, "node_modules"), "dir");
}

/** What is installed in the checkout, but for the packages themselves, which are the copies. */
async function linkModules(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@umbel"), { recursive: true });
  for (const name of PACKAGES)
    await symlink(join(folder, "packages", name), join(modules, "@umbel", name), "dir");
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (name !== "@umbel") await symlink(join(ROOT, "node_modules", name), join(modules, name), "dir");
  }
}

function isOf(file: string, name: PackageName): boolean {
  return new RegExp(`^umbel-${name}-[\\d.]+\\.tgz$`).test(file);
}
