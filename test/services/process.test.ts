import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { ServerProcesses } from "./process.ts";

/** A program with a child: it writes both process ids to a file in its folder. */
const FAMILY = `
  const child = require("node:child_process").spawn("sleep", ["600"]);
  require("node:fs").writeFileSync("family", JSON.stringify([process.pid, child.pid]));
`;

test("what is stopped is gone, with its children and its folder", async () => {
  const processes = new ServerProcesses("test");
  const server = processes.start(process.execPath, ["-e", FAMILY]);
  const family = await server.ready(() => familyIn(processes.folder), 10_000);
  expect(family.map(isRunning)).toEqual([true, true]);
  await processes.stop();
  await vi.waitFor(() => expect(family.map(isRunning)).toEqual([false, false]), 5_000);
  expect(existsSync(processes.folder)).toBe(false);
});

test("what a killed run leaves behind is ended all the same", async () => {
  const run = startRun(`
    import { ServerProcesses } from ${JSON.stringify(fileURLToPath(new URL("process.ts", import.meta.url)))};
    const processes = new ServerProcesses("test");
    processes.start(process.execPath, ["-e", ${JSON.stringify(FAMILY)}]);
    console.log(processes.folder);
    setInterval(() => {}, 1_000);
  `);
  const [folder] = (await once(createInterface(run.stdout), "line")) as [string];
  const family = await vi.waitFor(() => familyIn(folder), 10_000);
  run.kill("SIGKILL");
  await vi.waitFor(() => expect(family.map(isRunning)).toEqual([false, false]), 5_000);
  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), 5_000);
});

test("a program that ends while it is awaited is reported with what it wrote", async () => {
  const processes = new ServerProcesses("test");
  const server = processes.start(process.execPath, ["-e", "console.log('no room'); process.exit(3)"]);
  const ready = server.ready(() => Promise.reject(new Error("no answer")), 10_000);
  await expect(ready).rejects.toThrow(/was started, but it ended with 3: no room$/);
  await processes.stop();
});

test("a program that cannot be started is reported", async () => {
  const processes = new ServerProcesses("test");
  const server = processes.start("/nowhere/server", []);
  await expect(server.ready(() => Promise.reject(new Error("no answer")), 10_000)).rejects.toThrow("ENOENT");
  await processes.stop();
});

test("a server that does not answer in time is reported with the last refusal as the cause", async () => {
  const processes = new ServerProcesses("test");
  const server = processes.start("sleep", ["600"]);
  const ready = server.ready(() => Promise.reject(new Error("not yet")), 50);
  await expect(ready).rejects.toMatchObject({
    message: expect.stringContaining("it did not answer within 50 ms"),
    cause: new Error("not yet"),
  });
  await processes.stop();
});

function startRun(source: string) {
  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function familyIn(folder: string): Promise<readonly number[]> {
  return JSON.parse(await readFile(`${folder}/family`, "utf8")) as readonly number[];
}

/** n.b. A process that has ended and was not waited for can still be signalled, but its state says so. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    return syscall === "open" && code === "ENOENT" && !existsSync("/proc/self");
  }
}
