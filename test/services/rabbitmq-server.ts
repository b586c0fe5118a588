import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram } from "./command.ts";
import { freePorts, reach } from "./port.ts";
import { ServerProcesses } from "./process.ts";
import type { Control, Service } from "./service.ts";

/** Behind Debian's wrapper, which becomes the user `rabbitmq`, who cannot write to a folder of ours. */
const DEBIAN_PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** It takes 6 s on two cores that are idle. */
const START_WITHIN_MS = 90_000;

/** The server's start script; undefined if it is not installed. */
export function findRabbitmqServer(): string | undefined {
  return existsSync(DEBIAN_PROGRAM) ? DEBIAN_PROGRAM : findProgram("rabbitmq-server");
}

/** Starts a node of its own: its own ports, folder, cookie and name server, so that any number may run side by side. */
export async function startRabbitmq(
  program: string,
  how: string,
  askVersion: (url: string) => Promise<string>,
): Promise<Service> {
  const processes = new ServerProcesses("rabbitmq");
  try {
    const node = await startNode(processes, program);
    const url = `amqp://127.0.0.1:${node.port}`;
    const version = await node.server.ready(() => askVersion(url), START_WITHIN_MS);
    return {
      name: "rabbitmq",
      url,
      how: `rabbitmq ${version} (${how}, started on 127.0.0.1:${node.port})`,
      control: node.control,
      stop: () => processes.stop(),
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

async function startNode(processes: ServerProcesses, program: string) {
  const [port, distributionPort, namesPort] = (await freePorts(3)) as [number, number, number];
  const names = { HOME: processes.folder, ERL_EPMD_PORT: String(namesPort), ERL_EPMD_ADDRESS: "127.0.0.1" };
  await startNames(processes, namesPort, names);
  await writeFile(join(processes.folder, "rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${port}\n`);
  const name = `umbel${port}@localhost`;
  const server = processes.start(program, [], {
    ...names,
    ...placesIn(processes.folder),
    RABBITMQ_NODENAME: name,
    // n.b. Makes the start script become the server, instead of waiting for it: the process that we stop is then the server.
    RUNNING_UNDER_SYSTEMD: "true",
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
  });
  return { port, server, control: controlOf(program, name, names) };
}

/**
 * Starts Erlang's name server in the foreground. Any node starts it where none answers, but as a daemon, which would
 * outlive the node; with this one there already, on a port of its own, none is started and no other node is touched.
 */
async function startNames(
  processes: ServerProcesses,
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const names = processes.start("epmd", ["-port", String(port)], environment);
  await names.ready(() => reach(port), 10_000);
}

function placesIn(folder: string): Record<string, string> {
  return {
    RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "rabbitmq-env.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
  };
}

/** `rabbitmqctl` beside the server's program; the cookie, and so the right to be heard, is in HOME. */
function controlOf(server: string, node: string, environment: Readonly<Record<string, string>>): Control {
  const beside = join(dirname(server), "rabbitmqctl");
  const program = existsSync(beside) ? beside : "rabbitmqctl";
  return { program, arguments: ["-n", node], environment };
}
