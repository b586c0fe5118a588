import type { Umbel } from "./umbel.ts";

/** What an app has whichever copy of the package it is of. */
export const APP: unique symbol = Symbol.for("umbel.app") as never;

/** Whether it is an app, of this copy of the package or another. */
export function isApp(value: unknown): value is Umbel {
  return typeof value === "object" && value !== null && (value as { readonly [APP]?: unknown })[APP] === true;
}
