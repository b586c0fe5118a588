import type { Undecodable } from "../broker.ts";
import type { Json } from "../json.ts";
import type { Message } from "../message.ts";
import { Malformed, asList, asMap } from "./form.ts";
import { stringify } from "./json-text.ts";
import type { EncodedMessage } from "./message.ts";
import {
  bodyOf,
  decode,
  headersOf,
  jsonBody,
  partsOf,
  reasonOf,
  shortText,
  text,
  undecodable,
} from "./message.ts";

/**
 * Several messages as one, for one queue and one priority: a message of Celery's protocol whose arguments they are, each a list
 * of its headers, its `reply_to` and its body. Python's workers know no task of its name.
 */
export function encodeBundle(messages: readonly [Message, ...Message[]]): EncodedMessage {
  const [{ id, options }] = messages;
  const parts = messages.map((each) => [headersOf(each), each.replyTo, bodyOf(each)]);
  return {
    headers: { lang: "js", task: BUNDLE_TASK, id },
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: shortText(id),
    replyTo: undefined,
    priority: options.priority ?? 0,
    body: stringify([parts, {}, {}]),
  };
}

/** Whether it holds several messages. */
export function isBundle({ headers }: EncodedMessage): boolean {
  return headers["task"] === BUNDLE_TASK;
}

/** One of the messages that came as one, in the form in which it would have come alone. */
export interface Unbundled {
  readonly message: Message | Undecodable;
  /** As it would have come; made when it is asked for. */
  readonly encoded: () => EncodedMessage;
}

/** What {@link encodeBundle} put together, each read by itself: one that cannot be read says so; where there is no list of them, all of it does. */
export function decodeBundle(bundle: EncodedMessage): readonly Unbundled[] {
  try {
    const [parts] = partsOf(jsonBody(bundle));
    if (parts.length === 0) throw new Malformed("it is a bundle of nothing");
    return parts.map((part) => unbundled(bundle, part));
  } catch (error) {
    return [{ message: undecodable(bundle, reasonOf(error)), encoded: () => bundle }];
  }
}

function unbundled(bundle: EncodedMessage, part: Json): Unbundled {
  try {
    return formed(bundle, part);
  } catch (error) {
    const encoded = (): EncodedMessage => ({ ...bundle, ...NAMELESS, body: stringify(part) });
    return { message: undecodable(encoded(), reasonOf(error)), encoded };
  }
}

/** n.b. What has no form has no id: nobody can be told of it, and the id of the bundle is that of its first message. */
const NAMELESS = { headers: {}, correlationId: undefined };

/** @throws {Malformed} It is not what {@link encodeBundle} makes of a message. */
function formed(bundle: EncodedMessage, part: Json): Unbundled {
  const [said, address, body = null] = asList(part, "a part of a bundle");
  const headers = asMap(said, "the headers of a part of a bundle");
  const replyTo = text(address) ?? undefined;
  const encoded = (): EncodedMessage => {
    const correlationId = shortText(text(headers["id"]) ?? "");
    return { ...bundle, headers, replyTo, correlationId, body: stringify(body) };
  };
  try {
    return { message: decode({ headers, replyTo, priority: bundle.priority }, body), encoded };
  } catch (error) {
    return { message: undecodable(encoded(), reasonOf(error)), encoded };
  }
}

/** What a message that holds several is called. */
const BUNDLE_TASK = "umbel.bundle";
