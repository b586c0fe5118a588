import type { ResultDocument } from "@umbel/core";
import { InvalidOption } from "@umbel/core";
import type { Collection, CollectionOptions, Db, MongoClientOptions, WriteConcernSettings } from "mongodb";
import { MongoClient } from "mongodb";
import { Calls, withoutPassword } from "./failures.ts";
import type { FlowDocument } from "./flow-document.ts";
import type { JoinDocument } from "./join-document.ts";
import type { CancelDocument } from "./marks.ts";
import type { PlanDocument } from "./plan-document.ts";

/** How to reach MongoDB. What the URL says stands above the defaults; what is given here, above the URL. */
export interface MongoBackendOptions {
  /** Default: the URL's path; `celery` where it has none. */
  readonly database?: string;
  /** How long to look for a server that takes writes. From 1; default 5 000. */
  readonly serverSelectionTimeoutMs?: number;
  /** How long to wait for the answer to one call before its connection is given up. 0 for ever; default 30 000. */
  readonly socketTimeoutMs?: number;
}

/** The stores' collections, behind the one client that they share. */
export class Collections {
  readonly results: Collection<ResultDocument>;
  readonly joins: Collection<JoinDocument>;
  readonly plans: Collection<PlanDocument>;
  readonly flows: Collection<FlowDocument>;
  readonly cancels: Collection<CancelDocument>;
  readonly calls: Calls;
  readonly database: Db;
  readonly #client: MongoClient;
  #holders = 0;
  #connected: Promise<void> | null = null;
  #closed: Promise<void> = Promise.resolve();

  /** @throws {InvalidOption} See `mongoBackend`. */
  constructor(url: string, options: MongoBackendOptions) {
    this.#client = clientFor(url, options);
    const name = options.database ?? databaseOf(url);
    const database = this.#client.db(named(name));
    this.database = database;
    const settings = settingsOf(this.#client);
    this.results = database.collection<ResultDocument>("celery_taskmeta", settings);
    this.joins = database.collection<JoinDocument>("umbel_joins", settings);
    this.plans = database.collection<PlanDocument>("umbel_plans", settings);
    this.flows = database.collection<FlowDocument>("umbel_flows", settings);
    this.cancels = database.collection<CancelDocument>("umbel_cancels", settings);
    this.calls = new Calls(`${addressOf(this.#client)}/${name}`);
  }

  /** Connects, for one holder more. */
  async acquire(): Promise<void> {
    this.#holders += 1;
    try {
      await (this.#connected ??= this.#connect());
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** Closes the client when this was the last holder. */
  async release(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.#connected = null;
    this.#closed = this.#client.close();
    await this.#closed;
  }

  async #connect(): Promise<void> {
    await this.#closed;
    await this.calls.make("be opened", async () => {
      await this.#client.connect();
      const { results, joins, plans, flows, cancels } = this;
      const all: readonly Pick<Collection, "createIndex">[] = [results, joins, plans, flows, cancels];
      await Promise.all(all.map((collection) => collection.createIndex(...EXPIRY)));
    });
  }
}

/** One store's hold on the client: `open` and `close` may be called as often as one likes. */
export class Hold {
  readonly #collections: Collections;
  #opening: Promise<void> | null = null;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  open(): Promise<void> {
    this.#opening ??= this.#collections.acquire().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    const held = await opening?.then(
      () => true,
      () => false,
    );
    if (held === true) await this.#collections.release();
  }
}

/** Under a name of our own: on `date_done` Celery makes a plain index, and another on that field would clash with it. */
const EXPIRY = [{ expiresAt: 1 }, { name: "umbel_expires", expireAfterSeconds: 0 }] as const;

function clientFor(url: string, options: MongoBackendOptions): MongoClient {
  const { serverSelectionTimeoutMs = 5_000, socketTimeoutMs = 30_000 } = options;
  atLeast(1, "serverSelectionTimeoutMs", serverSelectionTimeoutMs);
  atLeast(0, "socketTimeoutMs", socketTimeoutMs);
  const said = parametersOf(url);
  const settings: MongoClientOptions = {};
  if (options.serverSelectionTimeoutMs !== undefined || !said.has("serverselectiontimeoutms")) {
    settings.serverSelectionTimeoutMS = serverSelectionTimeoutMs;
  }
  if (options.socketTimeoutMs !== undefined || !said.has("sockettimeoutms")) {
    settings.socketTimeoutMS = socketTimeoutMs;
  }
  if (!said.has("appname")) settings.appName = "umbel";
  return validated(url, () => new MongoClient(url, settings));
}

/** Outcomes and counts must survive the loss of a server, and be read where they were written (rule 20). */
function settingsOf(client: MongoClient): CollectionOptions {
  const { w = "majority", journal = true, wtimeoutMS } = client.options.writeConcern ?? {};
  if (w === 0) {
    throw new InvalidOption(
      "the MongoDB URL has w=0, which leaves writes unacknowledged; leave it out, or use w=majority",
    );
  }
  const writeConcern: WriteConcernSettings = { w, journal };
  if (wtimeoutMS !== undefined) writeConcern.wtimeoutMS = wtimeoutMS;
  return { writeConcern, readPreference: "primary" };
}

function databaseOf(url: string): string {
  const path = /^[^:]+:\/\/[^/?]*\/([^?]*)/.exec(url)?.[1] ?? "";
  return path === "" ? "celery" : decodeURIComponent(path); // n.b. the client has parsed it before, so it decodes
}

function named(database: string): string {
  if (/^[^\s/\\."$\0]{1,63}$/.test(database)) return database;
  throw new InvalidOption(
    `MongoDB has no database "${database}": expected 1 to 63 characters, none of them a space or /\\."$`,
  );
}

function parametersOf(url: string): ReadonlySet<string> {
  const parameters = new URLSearchParams(url.split("?")[1] ?? "");
  return new Set([...parameters.keys()].map((key) => key.toLowerCase()));
}

function addressOf(client: MongoClient): string {
  const { hosts, srvHost } = client.options;
  return hosts.length === 0 ? (srvHost ?? "") : hosts.map(String).join(",");
}

function validated<Result>(url: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    throw invalid(url, error);
  }
}

function invalid(url: string, error: unknown): InvalidOption {
  const reason = error instanceof Error ? error.message : String(error);
  const expected =
    "expected mongodb://[user:password@]host[:port][,…][/database][?options], all percent-encoded";
  return new InvalidOption(
    `the MongoDB URL ${withoutPassword(url)} cannot be used: ${withoutPassword(reason)}; ${expected}`,
  );
}

function atLeast(least: number, option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new InvalidOption(`${option} is ${value}; expected whole milliseconds, ${least} or more`);
}
