import type { Undecodable } from "../broker.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Message } from "../message.ts";
import { holdsPlan } from "../message.ts";
import type { StepOptions } from "../options.ts";
import { timeOf } from "../time.ts";
import { IGNORE_OPTION } from "./call-options.ts";
import { Malformed, asList, asMap, asText } from "./form.ts";
import { hasUserHeaders, userHeaders } from "./headers.ts";
import { parse, stringify } from "./json-text.ts";
import { parseStart, startKwargs } from "./plan.ts";
import { fromSignatures, linksOf, toErrorLink, toLink, toSignatures } from "./signature.ts";
import type { UmbelHeader } from "./umbel-header.ts";
import { stampHeaders, stampsOf } from "./stamps.ts";
import { parseUmbel } from "./umbel-header.ts";
import type { Writable } from "./writable.ts";

/** A message in the form of Celery's protocol 2, for whatever transport carries it. */
export interface EncodedMessage {
  readonly headers: JsonObject;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly correlationId: string | undefined;
  readonly replyTo: string | undefined;
  readonly priority: number | undefined;
  /** JSON text: `[args, kwargs, embed]`. */
  readonly body: string;
}

/** What the names of our reply queues begin with; a Python client's `reply_to` never does. */
export const REPLY_PREFIX = "umbel.reply.";

/** A message in Celery's protocol 2. Source: Celery's "Message Protocol", version 2. */
export function encodeMessage(message: Message): EncodedMessage {
  return {
    headers: headersOf(message),
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: shortText(message.id),
    replyTo: message.replyTo ?? undefined,
    priority: message.options.priority ?? 0,
    body: stringify(bodyOf(message)),
  };
}

/** n.b. Each is encoded with each message, and not at a low price: there are only those that say something. */
export function headersOf(message: Message): JsonObject {
  const { id, task, flow, parent, retries, etaMs, expiresMs, options } = message;
  const headers: Record<string, Json> = { lang: "js", task, id, root_id: flow, umbel: umbelText(message) };
  if (parent !== null) headers["parent_id"] = parent;
  if (retries > 0) headers["retries"] = retries;
  if (etaMs !== null) headers["eta"] = new Date(etaMs).toISOString();
  if (expiresMs !== null) headers["expires"] = new Date(expiresMs).toISOString();
  if (options.ignoreResult === true) headers[IGNORE_OPTION] = true;
  if (options.headers === undefined && options.stamps === undefined) return headers;
  return { ...userHeaders(options.headers ?? {}), ...stampHeaders(options.stamps), ...headers };
}

const UTF_8 = new TextEncoder();

/** n.b. Short strings of AMQP have 255 bytes; a longer id, of what is nested deep, is in the header `id` alone. */
export function shortText(id: string): string | undefined {
  return id.length > 85 && UTF_8.encode(id).length > 255 ? undefined : id;
}

function umbelText({ nonce, suspect, turn, claim, next, compensation }: Message): string {
  const said: Writable<UmbelHeader> = {};
  if (nonce !== null) said.n = nonce;
  if (suspect) said.s = 1;
  if (turn > 0) said.t = turn;
  if (claim !== null) said.c = claim;
  if (compensation !== undefined) said.u = compensation;
  if (next.join !== null && next.steps.length === 0) said.j = next.join;
  return JSON.stringify(said);
}

export function bodyOf(message: Message): Json {
  const { args, kwargs, next, callbacks, errbacks, replyTo } = message;
  if (holdsPlan(message.task)) return [args, startKwargs(next), {}];
  const isAlone = next.steps.length === 0 && callbacks.length === 0 && errbacks.length === 0;
  return [args, kwargs, isAlone ? {} : embedOf(message, toSignatures(next, replyTo))];
}

/** n.b. What it does not have, a Celery worker takes for nothing. */
function embedOf({ callbacks, errbacks }: Message, tail: readonly JsonObject[]): JsonObject {
  return {
    callbacks: allOrNull(callbacks.map(toLink)),
    errbacks: allOrNull(errbacks.map(toErrorLink)),
    chain: tail.length === 0 ? null : tail.toReversed(),
    chord: null,
  };
}

function allOrNull(links: readonly Json[]): Json {
  return links.length === 0 ? null : links;
}

/** Reads a message of Celery's protocol 2, from us or from anybody; what it cannot read it says. */
export function decodeMessage(encoded: EncodedMessage): Message | Undecodable {
  try {
    return decode(encoded, jsonBody(encoded));
  } catch (error) {
    return undecodable(encoded, reasonOf(error));
  }
}

/** n.b. What comes may be nested as deep as it likes, and overflow the stack of whoever reads it. */
export function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "it is nested too deep";
  return error instanceof Error ? error.message : String(error);
}

/** Whether a delivery could not be read. */
export function isUndecodable(message: Message | Undecodable): message is Undecodable {
  return "undecodable" in message;
}

/** What a message says beside its body. */
export type Said = Pick<EncodedMessage, "headers" | "priority" | "replyTo">;

/** @throws {Malformed} It is not what Celery's protocol has. */
export function decode(encoded: Said, body: Json): Message {
  const { headers } = encoded;
  const [args, kwargs, embed] = partsOf(body);
  const id = asText(headers["id"], "the header id");
  const task = asText(headers["task"], "the header task");
  const umbel = parseUmbel(headers);
  const chain = listOf(embed, "chain");
  const rest = chain.length === 0 ? NO_REST : fromSignatures(chain.toReversed(), id);
  const isStart = holdsPlan(task);
  const start = isStart ? parseStart(kwargs) : null;
  return {
    id,
    task,
    args,
    kwargs: isStart ? {} : kwargs,
    options: optionsOf(encoded),
    flow: text(headers["root_id"]) ?? id,
    parent: text(headers["parent_id"]),
    retries: typeof headers["retries"] === "number" ? headers["retries"] : 0,
    turn: umbel.t ?? 0,
    nonce: umbel.n ?? null,
    suspect: umbel.s === 1 || (umbel.n === undefined && (isStart || Object.keys(umbel).length > 0)),
    next: start ?? { steps: rest.next.steps, join: rest.next.join ?? umbel.j ?? null },
    claim: umbel.c ?? null,
    replyTo: replyAddress(encoded.replyTo) ?? umbel.r ?? rest.replyTo,
    callbacks: linksOf(listOf(embed, "callbacks"), id, "link"),
    errbacks: linksOf(listOf(embed, "errbacks"), id, "error"),
    etaMs: time(headers["eta"], "eta"),
    expiresMs: time(headers["expires"], "expires"),
    ...(umbel.u !== undefined && { compensation: umbel.u }),
  };
}

const NO_REST: ReturnType<typeof fromSignatures> = { next: { steps: [], join: null }, replyTo: null };

function refusalOf({ headers, contentType, contentEncoding }: EncodedMessage): string | null {
  if (typeof headers["task"] !== "string" || typeof headers["id"] !== "string") {
    return "it has no headers `task` and `id`, so it is no task message of Celery's protocol 2";
  }
  if (contentType !== "application/json")
    return `its content type is ${contentType ?? "absent"}, not application/json`;
  if (contentEncoding !== undefined && !/^utf-?8$/i.test(contentEncoding)) {
    return `its content encoding is ${contentEncoding}, not utf-8`;
  }
  const { compression } = headers;
  return typeof compression === "string"
    ? `it is compressed (${compression}); send it without compression`
    : null;
}

/**
 * The body of a message, as JSON.
 *
 * @throws {Malformed} It is no task message of Celery's protocol 2, or one that we do not read.
 */
export function jsonBody(encoded: EncodedMessage): Json {
  const refusal = refusalOf(encoded);
  if (refusal !== null) throw new Malformed(refusal);
  const { body } = encoded;
  try {
    return parse(body);
  } catch {
    throw new Malformed(`its body is not JSON: ${JSON.stringify(body.slice(0, 80))}`);
  }
}

export function partsOf(json: Json): readonly [readonly Json[], JsonObject, JsonObject] {
  if (!Array.isArray(json) || json.length !== 3)
    throw new Malformed("its body is not a list [args, kwargs, embed]");
  const [args, kwargs, embed] = json as unknown as readonly [Json, Json, Json];
  return [
    asList(args, "its args"),
    asMap(kwargs, "its kwargs"),
    embed === null ? {} : asMap(embed, "its embed"),
  ];
}

const NONE: readonly Json[] = [];

function listOf(embed: JsonObject, name: "chain" | "callbacks" | "errbacks"): readonly Json[] {
  const list = embed[name];
  return list === undefined || list === null ? NONE : asList(list, `its ${name}`);
}

function optionsOf({ headers, priority }: Said): StepOptions {
  const options: Writable<StepOptions> = {};
  if (priority !== undefined && priority !== 0) options.priority = priority;
  if (headers[IGNORE_OPTION] === true) options.ignoreResult = true;
  if (hasUserHeaders(headers)) options.headers = userHeaders(headers);
  const stamps = stampsOf(headers);
  if (stamps !== undefined) options.stamps = stamps;
  return options;
}

export function undecodable(encoded: EncodedMessage, why: string): Undecodable {
  return {
    undecodable: why,
    id: text(encoded.headers["id"]) ?? encoded.correlationId ?? null,
    task: text(encoded.headers["task"]),
    replyTo: replyAddress(encoded.replyTo),
  };
}

function replyAddress(address: string | undefined): string | null {
  return address?.startsWith(REPLY_PREFIX) ? address : null;
}

/** Milliseconds since the epoch; null where there is none. */
function time(header: Json | undefined, name: string): number | null {
  if (header === null || header === undefined) return null;
  const at = typeof header === "string" ? timeOf(header) : null;
  if (at === null) throw new Malformed(`its ${name} is not a time: ${JSON.stringify(header)}`);
  return at;
}

export function text(json: Json | undefined): string | null {
  return typeof json === "string" ? json : null;
}
