import type { Json } from "../json.ts";

/** JSON text as Celery's readers take it: what {@link parse} made of a bare `NaN` is bare again. */
export function stringify(json: Json): string {
  const text = JSON.stringify(json);
  return text.includes(FLOAT) ? text.replace(FLOATS, "$1") : text;
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
    const tamed = tame(text);
    if (tamed === text) throw error;
    return JSON.parse(tamed) as Json;
  }
}

/** n.b. A pattern of a whole string overflows the stack on a long one; quotes and escapes one by one do not. */
function tame(text: string): string {
  let isInString = false;
  return text.replace(TOKEN, (token) => {
    if (token === '"') isInString = !isInString;
    return isInString || !BARE.has(token) ? token : `${FLOAT}"__value__":"${token}"}`;
  });
}

const TOKEN = /\\.|"|-?Infinity|NaN/gs;
const BARE = new Set(["NaN", "Infinity", "-Infinity"]);

const FLOAT = '{"__type__":"float",';

/** n.b. Inside a string each quote has a backslash before it, so this is found outside of them only. */
const FLOATS = /\{"__type__":"float","__value__":"(NaN|-?Infinity)"\}/g;
