import { basename, join } from "node:path";
import { freePorts, reach } from "./port.ts";
import { ServerProcesses } from "./process.ts";
import type { Service } from "./service.ts";

/** Starts a program that speaks MongoDB's protocol. */
export type StartMongo = (program: string, askVersion: (url: string) => Promise<string>) => Promise<Service>;

const START_WITHIN_MS = 60_000;

/** Starts MongoDB's own server. */
export const startMongod: StartMongo = (program, askVersion) =>
  start(program, askVersion, (folder, port) => [
    ...["--dbpath", folder, "--port", String(port), "--bind_ip", "127.0.0.1"],
    ...["--wiredTigerCacheSizeGB", "0.5"],
  ]);

/** Starts SecantusDB, in its edition in Rust (`secantusd-rs`) or in Python (`secantusd-py`). */
export const startSecantus: StartMongo = (program, askVersion) =>
  start(program, askVersion, (folder, port) => [
    ...["--host", "127.0.0.1", "--port", String(port), "--storage-path", join(folder, "data")],
    ...["--cache-size", "512M", "--log-level", "WARNING"],
  ]);

async function start(
  program: string,
  askVersion: (url: string) => Promise<string>,
  argumentsFor: (folder: string, port: number) => readonly string[],
): Promise<Service> {
  const [port] = (await freePorts(1)) as [number];
  const name = basename(program);
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const processes = new ServerProcesses(name);
  try {
    const server = processes.start(program, argumentsFor(processes.folder, port));
    const version = await server.ready(async () => {
      await reach(port);
      return askVersion(url);
    }, START_WITHIN_MS);
    return {
      name,
      url,
      how: `${name} ${version} (started on 127.0.0.1:${port})`,
      stop: () => processes.stop(),
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}
