import type { Json, JsonObject } from "../json.ts";
import type { OutcomeRecord } from "../outcome.ts";
import { parse, stringify } from "./json-text.ts";
import { fromResultDocument, toResultDocument } from "./result-document.ts";

/** Outcomes as they are pushed to a reply queue: a JSON list of result documents, dates as ISO text. */
export function encodeReplies(records: readonly OutcomeRecord[]): string {
  return stringify(records.map(replyOf));
}

/** n.b. What it does not have is null to whoever reads it. */
function replyOf(record: OutcomeRecord): JsonObject {
  const document = toResultDocument(record);
  const { _id, status, result, date_done: done } = document;
  const reply: Record<string, Json> = { _id, status, result, date_done: done?.toISOString() ?? null };
  for (const name of SAID) {
    const value = document[name];
    if (value !== null && value !== undefined) reply[name] = value;
  }
  return reply;
}

/** Of a document, what its reader may want to know. */
const SAID = ["traceback", "name", "parent_id", "root_id", "by", "retries", "worker", "turn"] as const;

/**
 * The outcomes of a reply; what is none, or not terminal, is left out.
 *
 * @throws {SyntaxError} The body is not JSON.
 */
export function decodeReplies(body: string): readonly OutcomeRecord[] {
  const list = parse(body);
  return (Array.isArray(list) ? list : []).flatMap((json: Json) => {
    const { record } = isReply(json) ? fromResultDocument(json) : NOTHING;
    return record === null ? [] : [record];
  });
}

const NOTHING = { record: null };

function isReply(json: Json): json is JsonObject & { readonly _id: string } {
  return typeof (json as JsonObject | null)?.["_id"] === "string";
}
