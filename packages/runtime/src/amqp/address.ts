import { InvalidOption } from "@umbel/core";

/** Where the broker is, and as whom we come. Its `label` is safe to show; nothing else of it is. */
export interface Address {
  /** The URL without user, password and query. */
  readonly label: string;
  /** The URL without user and password, and with a heartbeat. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Reads a broker's URL, `amqp://user:password@host:port/vhost?heartbeat=seconds`.
 *
 * @throws {InvalidOption} It cannot be used. The message never holds the password.
 */
export function parseAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : refuse("it is not a URL with a port up to 65535");
  if (!/^amqps?:$/.test(url.protocol)) refuse(`its scheme is ${url.protocol.slice(0, -1)}`);
  if (url.port === "0") refuse("its port is 0");
  const [user, password] = [
    decode(url.username || "guest"),
    decode(url.password || (url.username ? "" : "guest")),
  ];
  checkQuery(url.searchParams);
  if (!url.searchParams.has("heartbeat")) url.searchParams.set("heartbeat", String(HEARTBEAT_SECONDS));
  url.username = url.password = "";
  return { label: `${url.protocol}//${url.host}${url.pathname}`, url: url.href, user, password };
}

const HEARTBEAT_SECONDS = 30;

function checkQuery(query: URLSearchParams): void {
  for (const name of ["heartbeat", "channelMax", "frameMax"]) {
    const value = query.get(name);
    if (value !== null && !/^\d{1,9}$/.test(value)) refuse(`its ${name} is not a whole number`);
  }
}

function refuse(why: string): never {
  throw new InvalidOption(
    `the broker's URL cannot be used: ${why}; expected amqp://user:password@host:port/vhost, or amqps://`,
  );
}

/** n.b. amqplib reads `%C3%A9` as two characters, so we decode user and password ourselves. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
