import { connect } from "amqplib";
import { aptSource } from "./apt.ts";
import { composeSource } from "./compose.ts";
import { findRabbitmqServer, startRabbitmq } from "./rabbitmq-server.ts";
import type { Missing, Service } from "./service.ts";
import type { Source } from "./source.ts";
import { firstOf } from "./source.ts";

const USUAL_URL = "amqp://127.0.0.1:5672";

/**
 * A RabbitMQ to test with, however it can be had: the one that AMQP_URL names, one that answers on the usual port, one that
 * is installed, one that apt-get or docker brings. UMBEL_TEST_AMQP forces one of the last four: `running`, `installed`,
 * `apt-get`, `docker`.
 *
 * @throws {Error} AMQP_URL is given and nothing answers there.
 */
export async function findRabbitmq(environment: NodeJS.ProcessEnv = process.env): Promise<Service | Missing> {
  const forced = environment["UMBEL_TEST_AMQP"];
  const url = environment["AMQP_URL"];
  if (url !== undefined && forced === undefined) return given(url);
  return firstOf("RabbitMQ", SOURCES, forced);
}

const SOURCES: readonly Source[] = [
  { name: "running", open: running },
  { name: "installed", open: installed },
  aptSource("rabbitmq-server", () => started("installed by apt-get")),
  composeSource("rabbitmq", async () => described(USUAL_URL, "docker compose, started on 127.0.0.1:5672")),
];

async function given(url: string): Promise<Service> {
  try {
    return await described(url, "AMQP_URL");
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`expected a RabbitMQ at AMQP_URL (${withoutPassword(url)}), but: ${message}`, {
      cause: error,
    });
  }
}

async function running(): Promise<Service | Missing> {
  try {
    return await described(USUAL_URL, "answers on 127.0.0.1:5672");
  } catch {
    return { missing: "none answers on 127.0.0.1:5672" };
  }
}

async function installed(): Promise<Service | Missing> {
  if (findRabbitmqServer() === undefined) return { missing: "rabbitmq-server is not installed" };
  return started("installed");
}

async function started(how: string): Promise<Service> {
  const program = findRabbitmqServer();
  if (program === undefined) throw new Error("rabbitmq-server is not where it was expected");
  return startRabbitmq(program, how, askVersion);
}

async function described(url: string, how: string): Promise<Service> {
  const version = await askVersion(url);
  return { name: "rabbitmq", url, how: `rabbitmq ${version} (${how})`, stop: async () => {} };
}

/** The version that a broker states in AMQP's own handshake. */
async function askVersion(url: string): Promise<string> {
  const connection = await connect(url, { timeout: 5_000 });
  // n.b. Unheard, an error of the connection would end this process.
  connection.on("error", () => {});
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return version;
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//…@");
}
