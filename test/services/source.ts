import type { Missing, Service } from "./service.ts";
import { isMissing } from "./service.ts";

/** One way of having a server. */
export interface Source {
  /** Its name, by which it can be forced: `secantusd-py`, `docker`. */
  readonly name: string;
  /** Gives the server, or says in one clause why there is none: "`mongod` is not on the PATH". */
  open(): Promise<Service | Missing>;
}

/**
 * The first service that can be had, each source being tried in turn.
 *
 * @param what - What is looked for, for the reason: `RabbitMQ`.
 * @param sources - In the order of preference.
 * @param forced - The name of the only source to try; all are tried where it is absent.
 * @throws {Error} No source has the forced name.
 */
export async function firstOf(
  what: string,
  sources: readonly Source[],
  forced?: string,
): Promise<Service | Missing> {
  const reasons: string[] = [];
  for (const source of chosen(sources, forced)) {
    const found = await attempt(source);
    if (!isMissing(found)) return found;
    reasons.push(found.missing);
  }
  return { missing: `no ${what}: ${reasons.join("; ")}` };
}

function chosen(sources: readonly Source[], forced: string | undefined): readonly Source[] {
  if (forced === undefined) return sources;
  const named = sources.filter((source) => source.name === forced);
  if (named.length > 0) return named;
  const names = sources.map((source) => source.name).join(", ");
  throw new Error(`expected one of ${names}, but ${forced} was asked for`);
}

/** A source that breaks is a source that has nothing: the next one is tried, and the reason is kept. */
async function attempt(source: Source): Promise<Service | Missing> {
  try {
    return await source.open();
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
