import { mongoBackend } from "@umbel/backend-mongo";
import type { Backend } from "@umbel/core";
import type { Db } from "mongodb";
import { MongoClient } from "mongodb";
import { randomBytes } from "node:crypto";

/** A database of its own on a server, and some backends that share it, opened. */
export interface MongoWorld {
  readonly name: string;
  /** The database itself, to look behind the stores. */
  readonly database: Db;
  readonly backends: readonly [Backend, Backend, Backend];
  /** Drops the database. */
  close(): Promise<void>;
}

export async function openMongoWorld(url: string): Promise<MongoWorld> {
  const name = `umbel_test_${randomBytes(5).toString("hex")}`;
  const client = await new MongoClient(url).connect();
  const database = client.db(name);
  const backend = (): Backend => mongoBackend(url, { database: name });
  const backends = [backend(), backend(), backend()] as const;
  const stores = backends.flatMap(({ results, joins }) => [results, joins]);
  for (const store of stores) await store.open();
  const close = async (): Promise<void> => {
    await Promise.all(stores.map((store) => store.close()));
    await database.dropDatabase();
    await client.close();
  };
  return { name, database, backends, close };
}

/** A backend whose server is not there. */
export function nowhere(): Backend {
  return mongoBackend("mongodb://user:secret@127.0.0.1:1/?directConnection=true", {
    serverSelectionTimeoutMs: 50,
  });
}
