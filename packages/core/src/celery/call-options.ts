import type { Json, JsonObject } from "../json.ts";
import { setField } from "../json.ts";
import type { StepOptions } from "../options.ts";
import { asMap } from "./form.ts";
import { hasUserHeaders, userHeaders } from "./headers.ts";
import { splitStamps, stampOptions } from "./stamps.ts";
import type { Writable } from "./writable.ts";

/** The option of a group, or of a chord, with its policy: ours, which Celery keeps and does not know. */
export const POLICY_OPTION = "umbel_policy";

/** How many of a call's error links, the last ones, begin only when it fails by itself. */
export const OWN_ERRORS_OPTION = "umbel_own_errors";

/** The option of a call that is exclusive. */
const EXCLUSIVE_OPTION = "umbel_exclusive";

/** The option of a call that may share its message: how many may. */
const BUNDLE_OPTION = "umbel_bundle";

/** The option of a call whose result nobody wants, and the header of its message. */
export const IGNORE_OPTION = "ignore_result";

/** What Celery's options of a signature say, in our words. */
export interface CallOptions {
  readonly options: StepOptions;
  readonly link: readonly Json[];
  readonly linkError: readonly Json[];
  /** The other options of Celery's, which mean nothing here. */
  readonly foreign: JsonObject;
}

/** Options as Celery has them in a signature. */
export function writeOptions(options: StepOptions, foreign: JsonObject = {}): Writable<JsonObject> {
  const { queue, priority, countdownMs, exclusive, ignoreResult, bundle, headers, stamps } = options;
  const written: Writable<JsonObject> = { ...foreign, ...(stamps && stampOptions(stamps)) };
  if (queue !== undefined) written["queue"] = queue;
  if (priority !== undefined) written["priority"] = priority;
  if (countdownMs !== undefined) written["countdown"] = countdownMs / 1000;
  if (exclusive === true) written[EXCLUSIVE_OPTION] = true;
  if (ignoreResult === true) written[IGNORE_OPTION] = true;
  if (bundle !== undefined) written[BUNDLE_OPTION] = bundle;
  if (headers !== undefined && hasUserHeaders(headers)) written["headers"] = userHeaders(headers);
  return written;
}

/**
 * The options of a signature; null counts as absent.
 *
 * @param of - Whose they are, for the error.
 * @throws {Malformed} The headers are not a map.
 */
export function readOptions(json: JsonObject, of: string): CallOptions {
  const options: Writable<StepOptions> = {};
  const foreign: Writable<JsonObject> = {};
  for (const name in json) if (!takes(options, name, json[name]!, of)) setField(foreign, name, json[name]!);
  const { stamps, others } = splitStamps(foreign);
  if (stamps !== undefined) options.stamps = stamps;
  return {
    options,
    link: severalOf(json["link"]),
    linkError: severalOf(json["link_error"]),
    foreign: others,
  };
}

/** Takes over what means something here; whether it does. */
function takes(options: Writable<StepOptions>, name: string, said: Json, of: string): boolean {
  switch (name) {
    case "queue":
      if (typeof said === "string") options.queue = said;
      return true;
    case "priority":
      if (typeof said === "number") options.priority = said;
      return true;
    case "countdown":
      if (typeof said === "number") options.countdownMs = Math.round(said * 1000);
      return true;
    case EXCLUSIVE_OPTION:
      if (said === true) options.exclusive = said;
      return true;
    case IGNORE_OPTION:
      if (said === true) options.ignoreResult = said;
      return said === true;
    case BUNDLE_OPTION:
      if (typeof said === "number") options.bundle = said;
      return true;
    case "headers":
      takeHeaders(options, asMap(said ?? {}, "headers", of));
      return true;
    default: // n.b. links are read as they are, and the id is that of the call
      return name === "link" || name === "link_error" || name === "task_id";
  }
}

function takeHeaders(options: Writable<StepOptions>, headers: JsonObject): void {
  if (hasUserHeaders(headers)) options.headers = userHeaders(headers);
}

const NO_LINKS: readonly Json[] = [];

/** n.b. Celery's `.set(link=…)` leaves one signature where all else leaves a list of them. */
function severalOf(links: Json | undefined): readonly Json[] {
  if (links === undefined || links === null) return NO_LINKS;
  return Array.isArray(links) ? (links as readonly Json[]) : [links];
}
