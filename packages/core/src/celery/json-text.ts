import type { Json } from "../json.ts";

/** JSON text as Celery's readers take it. */
export function stringify(json: Json): string {
  return JSON.stringify(json);
}

/**
 * Reads JSON text as Python writes it: `NaN`, `Infinity` and `-Infinity` stand bare there, and become
 * `{"__type__": "float"}` here, so that they survive as the numbers they are.
 *
 * @throws {SyntaxError} The text is not JSON.
 */
export function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const tamed = text.replace(BARE_FLOAT, (token) =>
      token.startsWith('"') ? token : `{"__type__":"float","__value__":"${token}"}`,
    );
    if (tamed === text) throw error;
    return JSON.parse(tamed) as Json;
  }
}

/** Strings are matched first, so that a bare word inside one is left alone. */
const BARE_FLOAT = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
