import { MongoClient } from "mongodb";
import type { MongoClientOptions } from "mongodb";
import { findProgram } from "./command.ts";
import { composeSource } from "./compose.ts";
import { memoryServerSource } from "./memory-server.ts";
import type { StartMongo } from "./mongodb-server.ts";
import { startMongod, startSecantus } from "./mongodb-server.ts";
import { reach } from "./port.ts";
import { installSecantus } from "./secantus.ts";
import type { Missing, Service } from "./service.ts";
import type { Source } from "./source.ts";
import { firstOf } from "./source.ts";

const USUAL_PORT = 27017;
const USUAL_URL = `mongodb://127.0.0.1:${USUAL_PORT}/?directConnection=true`;

/**
 * A MongoDB to test with, however it can be had: the one that MONGODB_URI names, one that answers on the usual port, one that
 * is installed, one that a package or docker brings. UMBEL_TEST_MONGO forces one of the latter: `running`, `mongod`,
 * `secantusd-rs`, `mongodb-memory-server`, `secantusd-py`, `docker`.
 *
 * @throws {Error} MONGODB_URI is given and nothing answers there.
 */
export async function findMongodb(environment: NodeJS.ProcessEnv = process.env): Promise<Service | Missing> {
  const forced = environment["UMBEL_TEST_MONGO"];
  const url = environment["MONGODB_URI"];
  if (url !== undefined && forced === undefined) return given(url);
  return firstOf("MongoDB", SOURCES, forced);
}

const SOURCES: readonly Source[] = [
  { name: "running", open: running },
  { name: "mongod", open: () => installed("mongod", startMongod) },
  { name: "secantusd-rs", open: () => installed("secantusd-rs", startSecantus) },
  memoryServerSource((url) => described(url, "mongodb-memory-server")),
  { name: "secantusd-py", open: async () => startSecantus(await installSecantus(), askVersion) },
  composeSource("mongodb", () => described(USUAL_URL, "docker compose, started on 127.0.0.1:27017")),
];

async function given(url: string): Promise<Service> {
  try {
    return await described(url, "MONGODB_URI");
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`expected a MongoDB at MONGODB_URI, but: ${message}`, { cause: error });
  }
}

async function running(): Promise<Service | Missing> {
  try {
    await reach(USUAL_PORT);
    return await described(USUAL_URL, "answers on 127.0.0.1:27017");
  } catch {
    return { missing: "none answers on 127.0.0.1:27017" };
  }
}

async function installed(name: string, start: StartMongo): Promise<Service | Missing> {
  const program = findProgram(name);
  if (program === undefined) return { missing: `${name} is not on the PATH` };
  return start(program, askVersion);
}

async function described(url: string, how: string): Promise<Service> {
  const version = await askVersion(url);
  return { name: "mongodb", url, how: `mongodb ${version} (${how})`, stop: async () => {} };
}

/** The version that a server states. */
async function askVersion(url: string): Promise<string> {
  const client = new MongoClient(url, patience(url));
  try {
    const { version } = await client.db("admin").command({ buildInfo: 1 });
    return String(version);
  } finally {
    await client.close();
  }
}

/** How long a server may take to answer, unless the address says so: n.b. an option given here would hide the one there. */
function patience(url: string): MongoClientOptions {
  return url.includes("TimeoutMS=") ? {} : { serverSelectionTimeoutMS: 5_000, connectTimeoutMS: 5_000 };
}
