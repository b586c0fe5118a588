import { once } from "node:events";
import { connect } from "node:net";
import { freePorts } from "../../../test/services/port.ts";
import { ServerProcesses } from "../../../test/services/process.ts";
import type { Service } from "../../../test/services/service.ts";

const START_WITHIN_MS = 20_000;

/** Starts one of its own, with what Redis calls durable by default switched on: every second its log goes to the disk. */
export async function startRedis(program: string, how: string): Promise<Service> {
  const processes = new ServerProcesses("redis");
  try {
    const [port] = (await freePorts(1)) as [number];
    const line = ["--port", String(port), "--bind", "127.0.0.1", ...DURABLE, "--dir", processes.folder];
    const server = processes.start(program, line);
    const url = `redis://127.0.0.1:${port}`;
    const version = await server.ready(() => askVersion(port), START_WITHIN_MS);
    return {
      name: "redis",
      url,
      how: `redis ${version} (${how}, started on 127.0.0.1:${port})`,
      stop: () => processes.stop(),
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

const DURABLE = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];

/** The version that a server states. @throws {Error} Nothing answers there. */
async function askVersion(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write("INFO server\r\n");
    for await (const chunk of socket) {
      const found = /redis_version:(\S+)/.exec(String(chunk));
      if (found !== null) return found[1]!;
    }
    throw new Error("it closed the connection");
  } finally {
    socket.destroy();
  }
}
