import type { Undecodable } from "../broker.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Message } from "../message.ts";
import { START_TASK } from "../message.ts";
import type { StepOptions } from "../node.ts";
import { parse, stringify } from "./json-text.ts";
import type { UmbelHeader } from "./signature.ts";
import { fromSignatures, linksOf, parseStart, parseUmbel, startKwargs, toSignature, toSignatures } from "./signature.ts";

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
    headers: {
      ...message.options.headers,
      lang: "js",
      task: message.task,
      id: message.id,
      root_id: message.flow,
      parent_id: message.parent,
      ...(message.retries > 0 && { retries: message.retries }),
      ...(message.etaMs !== null && { eta: new Date(message.etaMs).toISOString() }),
      ...(message.expiresMs !== null && { expires: new Date(message.expiresMs).toISOString() }),
      umbel: JSON.stringify(umbelOf(message)),
    },
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: message.id,
    replyTo: message.replyTo ?? undefined,
    priority: message.options.priority ?? 0,
    body: stringify(bodyOf(message)),
  };
}

function umbelOf(message: Message): UmbelHeader {
  const { nonce, suspect, claim, next } = message;
  const isEnd = next.steps.length === 0;
  return {
    ...(nonce !== null && { n: nonce }),
    ...(suspect && { s: 1 as const }),
    ...(claim !== null && { c: claim }),
    ...(isEnd && next.join !== null && { j: next.join }),
  };
}

function bodyOf(message: Message): Json {
  if (message.task === START_TASK) return [message.args, startKwargs(message.next), {}];
  const tail = toSignatures(message.next, message.replyTo);
  return [
    message.args,
    message.kwargs,
    {
      callbacks: signaturesOrNull(message.callbacks),
      errbacks: signaturesOrNull(message.errbacks),
      chain: tail.length === 0 ? null : tail.toReversed(),
      chord: null,
    },
  ];
}

function signaturesOrNull(links: Message["callbacks"]): Json {
  return links.length === 0 ? null : links.map((link) => toSignature(link, {}));
}

/** Reads a message of Celery's protocol 2, from us or from anybody; what it cannot read it says. */
export function decodeMessage(encoded: EncodedMessage): Message | Undecodable {
  try {
    return decode(encoded);
  } catch (error) {
    return undecodable(encoded, error instanceof Error ? error.message : String(error));
  }
}

/** Whether a delivery could not be read. */
export function isUndecodable(message: Message | Undecodable): message is Undecodable {
  return "undecodable" in message;
}

function decode(encoded: EncodedMessage): Message {
  const { headers } = encoded;
  const refusal = refusalOf(encoded);
  if (refusal !== null) throw new Error(refusal);
  const [args, kwargs, embed] = parseBody(encoded.body);
  const id = String(headers["id"]);
  const task = String(headers["task"]);
  const umbel = parseUmbel(headers);
  const chain = embed["chain"];
  const rest = fromSignatures(Array.isArray(chain) ? chain.toReversed() : [], id);
  const isStart = task === START_TASK;
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
    nonce: umbel.n ?? null,
    suspect: umbel.s === 1 || (umbel.n === undefined && (umbel.j !== undefined || umbel.r !== undefined || isStart)),
    next: start ?? { steps: rest.next.steps, join: rest.next.join ?? umbel.j ?? null },
    claim: umbel.c ?? null,
    replyTo: replyAddress(encoded.replyTo) ?? umbel.r ?? rest.replyTo,
    callbacks: Array.isArray(embed["callbacks"]) ? linksOf(embed["callbacks"], `${id}+link`) : [],
    errbacks: Array.isArray(embed["errbacks"]) ? linksOf(embed["errbacks"], `${id}+error`) : [],
    etaMs: time(headers["eta"], "eta"),
    expiresMs: time(headers["expires"], "expires"),
  };
}

function refusalOf({ headers, contentType, contentEncoding }: EncodedMessage): string | null {
  if (typeof headers["task"] !== "string" || typeof headers["id"] !== "string") {
    return "it has no headers `task` and `id`, so it is no task message of Celery's protocol 2";
  }
  if (contentType !== "application/json") return `its content type is ${contentType ?? "absent"}, not application/json`;
  if (contentEncoding !== undefined && !/^utf-?8$/i.test(contentEncoding)) {
    return `its content encoding is ${contentEncoding}, not utf-8`;
  }
  const { compression } = headers;
  return typeof compression === "string" ? `it is compressed (${compression}); send it without compression` : null;
}

function parseBody(body: string): readonly [readonly Json[], JsonObject, JsonObject] {
  let json: Json;
  try {
    json = parse(body);
  } catch {
    throw new Error(`its body is not JSON: ${JSON.stringify(body.slice(0, 80))}`);
  }
  if (!Array.isArray(json) || json.length !== 3) throw new Error("its body is not a list [args, kwargs, embed]");
  const [args, kwargs, embed] = json as unknown as readonly [Json, Json, Json];
  if (!Array.isArray(args)) throw new Error("its args are not a list");
  if (!isMap(kwargs)) throw new Error("its kwargs are not a map");
  if (embed !== null && !isMap(embed)) throw new Error("its embed is not a map");
  return [args, kwargs, embed ?? {}];
}

function optionsOf({ headers, priority }: EncodedMessage): StepOptions {
  const user = Object.fromEntries(Object.entries(headers).filter(([key]) => !OWN_HEADERS.has(key)));
  return {
    ...(priority !== undefined && priority !== 0 && { priority }),
    ...(Object.keys(user).length > 0 && { headers: user }),
  };
}

const OWN_HEADERS = new Set([
  ...["lang", "task", "id", "root_id", "parent_id", "group", "group_index", "shadow", "eta", "expires", "retries"],
  ...["timelimit", "argsrepr", "kwargsrepr", "origin", "ignore_result", "replaced_task_nesting", "stamped_headers"],
  ...["stamps", "compression", "umbel", "x-delivery-count", "x-death", "x-first-death-exchange", "x-first-death-queue"],
  ...["x-first-death-reason", "x-last-death-exchange", "x-last-death-queue", "x-last-death-reason"],
]);

function undecodable(encoded: EncodedMessage, why: string): Undecodable {
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

/** Milliseconds since the epoch; a time without a zone is UTC, as in Celery. */
function time(header: Json | undefined, name: string): number | null {
  if (header === null || header === undefined) return null;
  const iso = String(header);
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
  if (Number.isNaN(at)) throw new Error(`its ${name} is not a time: ${JSON.stringify(header)}`);
  return at;
}

function text(json: Json | undefined): string | null {
  return typeof json === "string" ? json : null;
}

function isMap(json: Json): json is JsonObject {
  return json !== null && typeof json === "object" && !Array.isArray(json);
}
