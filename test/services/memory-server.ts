import type { Missing, Service } from "./service.ts";
import type { Source } from "./source.ts";

/** Not among our dependencies, so named where the compiler does not look for it. */
const PACKAGE: string = "mongodb-memory-server-core";

interface MemoryServer {
  getUri(): string;
  stop(): Promise<boolean>;
}

/**
 * mongodb-memory-server, where its user has installed it; it heeds its own MONGOMS_* variables.
 *
 * @param describe - Gives the service at an address; what it does not know is how to stop it.
 */
export function memoryServerSource(describe: (url: string) => Promise<Service>): Source {
  return { name: "mongodb-memory-server", open: () => openMemoryServer(describe) };
}

async function openMemoryServer(describe: (url: string) => Promise<Service>): Promise<Service | Missing> {
  const create = await findPackage();
  if (create === undefined) return { missing: `${PACKAGE} is not installed` };
  const server = await create();
  const stop = async () => void (await server.stop());
  try {
    return { ...(await describe(`${server.getUri()}?directConnection=true`)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findPackage(): Promise<(() => Promise<MemoryServer>) | undefined> {
  try {
    const { MongoMemoryServer } = await import(PACKAGE);
    return () => MongoMemoryServer.create();
  } catch {
    return undefined;
  }
}
