import type { Backend, Broker } from "@umbel/core";
import { InvalidOption } from "@umbel/core";
import type { Environment } from "./environment.ts";
import { emit } from "./events.ts";
import { MemoryServer } from "./memory/server.ts";
import { MemoryFlows } from "./memory/flows.ts";
import { MemoryJoins } from "./memory/joins.ts";
import { MemoryPlans } from "./memory/plans.ts";
import { MemoryResults } from "./memory/results.ts";

/** The scheme of a URL; memory where there is no URL, empty where it has none. */
export function schemeOf(url: string | undefined): string {
  return url === undefined || url === "" ? "memory" : (/^([a-z+]+):\/\//.exec(url)?.[1] ?? "");
}

/** The broker behind a URL that {@link checkUrls} has passed. AMQP is loaded where it is used. */
export async function brokerFor(url: string | undefined, app: string, defaultQueue: string): Promise<Broker> {
  if (schemeOf(url) === "memory") return new MemoryServer({ defaultQueue }).connect();
  const { AmqpBroker } = await import("./amqp/broker.ts");
  return new AmqpBroker(url ?? "", { onEvent: (event) => emit({ type: "broker.changed", app, event }) });
}

/**
 * The stores behind a URL: `memory://` or none, `mongodb://`, `mongodb+srv://`.
 *
 * @throws {InvalidOption} Any other URL, or `@umbel/backend-mongo` is not installed.
 */
export async function backendFor(url: string | undefined, environment: Environment): Promise<Backend> {
  if (schemeOf(url) === "memory") {
    const options = { now: () => environment.now() };
    return {
      results: new MemoryResults(options),
      joins: new MemoryJoins(options),
      plans: new MemoryPlans(options),
      flows: new MemoryFlows(options),
    };
  }
  const { mongoBackend } = await loadMongo();
  return mongoBackend(url ?? "");
}

/** @throws {InvalidOption} A URL is of no kind we know, cannot be parsed, or the two cannot be used together. */
export function checkUrls(broker: string | undefined, backend: string | undefined): void {
  checkUrl("broker", broker, ["memory", "amqp", "amqps"]);
  checkUrl("backend", backend, ["memory", "mongodb", "mongodb+srv"]);
  if (schemeOf(broker) !== "memory" && schemeOf(backend) === "memory") {
    throw new InvalidOption(
      `the broker is ${schemeOf(broker)}://, and the backend is memory, which its workers cannot reach; ` +
        "set backend (UMBEL_BACKEND) to mongodb://…",
    );
  }
}

function checkUrl(option: string, url: string | undefined, schemes: readonly string[]): void {
  const scheme = schemeOf(url);
  const isMemory = scheme === "memory";
  // n.b. a mongodb:// URL may name several hosts, which URL does not parse; its driver says what is wrong with it.
  const isParsable = isMemory || scheme.startsWith("mongodb") || URL.canParse(url ?? "");
  if (schemes.includes(scheme) && isParsable) return;
  const expected = schemes.map((each) => `${each}://${each === "memory" ? "" : "…"}`).join(", ");
  throw new InvalidOption(`${option} is "${shown(url)}"; it has to be one of ${expected}`);
}

// n.b. by a name that bundlers and the compiler do not follow: the package is there only where it was installed.
async function loadMongo(): Promise<{ readonly mongoBackend: (url: string) => Backend }> {
  const name = "@umbel/backend-mongo";
  try {
    return (await import(name)) as { readonly mongoBackend: (url: string) => Backend };
  } catch (error) {
    throw new InvalidOption("a mongodb:// backend needs the package @umbel/backend-mongo; npm install it", {
      cause: error,
    });
  }
}

/** A URL without its password. */
function shown(url: string | undefined): string {
  return (url ?? "").replace(/\/\/([^:@/]*):[^@/]*@/, "//$1:…@");
}
