import type { Json, JsonObject } from "../json.ts";
import type { OutcomeRecord } from "../outcome.ts";
import { parse, stringify } from "./json-text.ts";
import { fromResultDocument, toResultDocument } from "./result-document.ts";

/** Outcomes as they are pushed to a reply queue: a JSON list of result documents, dates as ISO text. */
export function encodeReplies(records: readonly OutcomeRecord[]): string {
  return stringify(
    records.map((record): JsonObject => {
      const { _id, status, result, traceback, name, parent_id, root_id, by, retries, worker, date_done } =
        toResultDocument({ ...record, args: null, kwargs: null });
      const done = date_done?.toISOString() ?? null;
      return { _id, status, result, traceback, name, parent_id, root_id, by, retries, worker, date_done: done };
    }),
  );
}

/** The outcomes of a reply; those that are not terminal are left out. */
export function decodeReplies(body: string): readonly OutcomeRecord[] {
  const list = parse(body);
  return (Array.isArray(list) ? list : []).flatMap((json: Json) => {
    const { date_done: done, ...fields } = json as JsonObject;
    const document = { ...fields, ...(typeof done === "string" && { date_done: new Date(done) }) };
    const { record } = fromResultDocument(document as unknown as Parameters<typeof fromResultDocument>[0]);
    return record === null ? [] : [record];
  });
}
