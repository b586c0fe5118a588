import type { Address } from "./address.ts";

/** Why a connection could not be made, and whether waiting may cure it. */
export interface Refusal {
  readonly reason: string;
  /** What to do about it, for the end of a message. */
  readonly advice: string;
  readonly isFinal: boolean;
}

/** Reads what `connect` failed with. */
export function refusalOf(error: unknown, address: Address): Refusal {
  const reason = reasonOf(error);
  const code = codeOf(error);
  if (/ACCESS[-_]REFUSED/.test(reason)) {
    return final(`it refuses the user "${address.user}"`, "check the user and the password in the URL");
  }
  if (/got <ConnectionClose/.test(reason)) {
    const vhost = decodeURIComponent(new URL(address.url).pathname.slice(1)) || "/";
    return final(
      `it refuses the virtual host "${vhost}" to the user "${address.user}"`,
      "check that it exists, that the user may use it, and that its limit of connections is not reached",
    );
  }
  if (/WRONG_VERSION_NUMBER|EPROTO/.test(code)) {
    return final("it does not speak TLS", "use amqp:// instead of amqps://, or the port that does");
  }
  if (TRUST.test(code)) return final(reason, "its certificate is not trusted: see NODE_EXTRA_CA_CERTS");
  return { reason, advice: ADVICE, isFinal: false };
}

/** What to do when nothing better is known. */
export const ADVICE = "is RabbitMQ running there, and is the URL right?";

const TRUST = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

function final(reason: string, advice: string): Refusal {
  return { reason, advice, isFinal: true };
}

/** What went wrong, in words. An aborted socket tells why it was; several tries at one name tell of the first. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" && error.cause instanceof Error) return error.cause.message;
  return error.message;
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "";
}
