import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Json } from "@umbel/core";
import { runCommand } from "../services/command.ts";
import { Child } from "./child.ts";
import { ROOT } from "./folder.ts";

const PACKAGES = ["celery==5.7.0", "pymongo==4.20.0"];
const VENV = join(ROOT, "node_modules/.cache/umbel-celery-5.7.0");

/**
 * A Python with Celery in it, or the reason why there is none. Made once, and kept below `node_modules/.cache`.
 *
 * n.b. Test files ask at once: each makes its own beside, and the first that is whole stays.
 */
export async function findPython(): Promise<string | { readonly missing: string }> {
  if (await hasCelery(VENV)) return pythonOf(VENV);
  if (!(await succeeds("python3", ["-m", "venv", "--help"])))
    return { missing: "there is no python3 with venv" };
  const own = `${VENV}-${process.pid}-${randomUUID()}`;
  try {
    await runCommand("python3", ["-m", "venv", own]);
    await runCommand(pythonOf(own), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      ...PACKAGES,
    ]);
    await rename(own, VENV).catch(() => {});
    if (await hasCelery(VENV)) return pythonOf(VENV);
    return { missing: `what is in ${VENV} is no Python with Celery; delete it` };
  } catch (error) {
    return { missing: `pip could not install ${PACKAGES.join(" ")}: ${String(error).split("\n")[0]}` };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function hasCelery(venv: string): Promise<boolean> {
  const check = "import celery, pymongo; assert celery.__version__ == '5.7.0'";
  return succeeds(pythonOf(venv), ["-c", check]);
}

function pythonOf(venv: string): string {
  return join(venv, "bin/python");
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return runCommand(program, [...args]).then(
    () => true,
    () => false,
  );
}

export interface CelerySettings {
  readonly python: string;
  readonly folder: string;
  readonly broker: string;
  readonly backend: string;
  readonly queue: string;
}

/** A Celery app in a module `proj`, whose tasks run on whoever serves their queues. */
export async function writeProject({ folder, broker, backend, queue }: CelerySettings): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "proj.py"),
    `from celery import Celery, chain, group
app = Celery("proj", broker="${broker}//", backend="${backend}")
app.conf.task_default_queue = "${queue}"
app.conf.result_extended = True

@app.task(name="add")
def add(x, y):
    raise RuntimeError("this runs on an Umbel worker")

@app.task(name="boom")
def boom(text):
    raise RuntimeError("this runs on an Umbel worker")

@app.task(name="stubborn")
def stubborn(given, failures, countdown_ms):
    raise RuntimeError("this runs on an Umbel worker")

@app.task(name="py.mul", queue="${queue}-python")
def mul(x, y):
    return x * y

@app.task(name="py.fail", queue="${queue}-python")
def fail(text):
    raise ValueError(text)
`,
  );
}

/** Runs a script; what it printed, read as JSON. */
export async function evaluatePython(python: string, script: string): Promise<Json> {
  const { stdout } = await promisify(execFile)(python, ["-c", script], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Json;
}

/** Runs a script that has imported the module; what it printed, line by line. */
export async function runPython(settings: CelerySettings, script: string): Promise<readonly string[]> {
  await using child = new Child(settings.python, ["-c", `from proj import *\n${script}`], {
    folder: settings.folder,
  });
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`python ended with ${code}:\n${child.lines.join("\n")}`);
  return child.lines;
}

/** A Celery worker that serves the Python tasks' queue, when it is ready. */
export async function startCelery({ python, folder, queue }: CelerySettings): Promise<Child> {
  const child = new Child(
    python,
    [
      "-m",
      "celery",
      "-A",
      "proj",
      "worker",
      "-Q",
      `${queue}-python`,
      "--pool",
      "solo",
      "-l",
      "info",
      "--without-mingle",
      "--without-gossip",
    ],
    { folder },
  );
  await child.line(/ready\.$/);
  return child;
}
