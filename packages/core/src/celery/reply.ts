import type { Json, JsonObject } from "../json.ts";
import type { OutcomeRecord } from "../outcome.ts";
import { parse, stringify } from "./json-text.ts";
import { fromResultDocument, toResultDocument } from "./result-document.ts";

/** Outcomes as they are pushed to a reply queue: a JSON list of result documents, dates as ISO text. */
export function encodeReplies(records: readonly OutcomeRecord[]): string {
  return stringify(
    records.map((record): JsonObject => {
      const document = toResultDocument({ ...record, args: null, kwargs: null });
      const { _id, status, result, traceback, name, parent_id, root_id, by, retries, worker } = document;
      const { date_done, turn } = document;
      const done = date_done?.toISOString() ?? null;
      return {
        _id,
        status,
        result,
        traceback,
        name,
        parent_id,
        root_id,
        by,
        retries,
        worker,
        date_done: done,
        ...(turn !== undefined && { turn }),
      };
    }),
  );
}

/**
 * The outcomes of a reply; what is none, or not terminal, is left out.
 *
 * @throws {SyntaxError} The body is not JSON.
 */
export function decodeReplies(body: string): readonly OutcomeRecord[] {
  const list = parse(body);
  return (Array.isArray(list) ? list : []).flatMap((json: Json) => {
    const { record } = isReply(json) ? fromResultDocument({ ...json, expiresAt: null }) : NOTHING;
    return record === null ? [] : [record];
  });
}

const NOTHING = { record: null };

function isReply(json: Json): json is JsonObject & { readonly _id: string } {
  return typeof (json as JsonObject | null)?.["_id"] === "string";
}
