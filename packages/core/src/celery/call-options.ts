import type { Json, JsonObject } from "../json.ts";
import type { StepOptions } from "../options.ts";
import { asMap } from "./form.ts";
import { userHeaders } from "./headers.ts";
import { splitStamps, stampOptions } from "./stamps.ts";

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
export function writeOptions(options: StepOptions, foreign: JsonObject = {}): JsonObject {
  const { queue, priority, countdownMs, exclusive, ignoreResult, bundle, headers = {}, stamps } = options;
  return {
    ...foreign,
    ...stampOptions(stamps),
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(countdownMs !== undefined && { countdown: countdownMs / 1000 }),
    ...(exclusive === true && { [EXCLUSIVE_OPTION]: true }),
    ...(ignoreResult === true && { [IGNORE_OPTION]: true }),
    ...(bundle !== undefined && { [BUNDLE_OPTION]: bundle }),
    ...(Object.keys(headers).length > 0 && { headers: userHeaders(headers) }),
  };
}

/**
 * The options of a signature; null counts as absent.
 *
 * @param of - Whose they are, for the error.
 * @throws {Malformed} The headers are not a map.
 */
export function readOptions(json: JsonObject, of: string): CallOptions {
  const { queue, priority, countdown, headers, link, link_error: linkError, ...others } = json;
  const {
    [EXCLUSIVE_OPTION]: exclusive,
    [IGNORE_OPTION]: ignored,
    [BUNDLE_OPTION]: bundle,
    ...more
  } = others;
  const own = userHeaders(asMap(headers ?? {}, `headers of ${of}`));
  const { stamps, others: foreign } = splitStamps(more);
  return {
    options: {
      ...(typeof queue === "string" && { queue }),
      ...(typeof priority === "number" && { priority }),
      ...(typeof countdown === "number" && { countdownMs: Math.round(countdown * 1000) }),
      ...(exclusive === true && { exclusive }),
      ...(ignored === true && { ignoreResult: true }),
      ...(typeof bundle === "number" && { bundle }),
      ...(Object.keys(own).length > 0 && { headers: own }),
      ...(stamps && { stamps }),
    },
    link: severalOf(link),
    linkError: severalOf(linkError),
    foreign: ignored === undefined || ignored === true ? foreign : { ...foreign, [IGNORE_OPTION]: ignored },
  };
}

/** n.b. Celery's `.set(link=…)` leaves one signature where all else leaves a list of them. */
function severalOf(links: Json | undefined): readonly Json[] {
  return links === undefined || links === null ? [] : [links as Json | Json[]].flat();
}
