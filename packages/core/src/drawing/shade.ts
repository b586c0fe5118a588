import type { TaskStatus } from "./status.ts";

/** How a task in some state looks in a picture. */
export type Shade = "pending" | "started" | "retry" | "success" | "failure" | "skipped" | "revoked" | "other";

/** The colours of a shade; its text is black. */
export interface Colours {
  readonly fill: string;
  readonly stroke: string;
  readonly isDashed: boolean;
}

/**
 * Colours that people tell apart however they see colours; black reads on each of them.
 *
 * @source Okabe and Ito, "Color Universal Design" (2008).
 */
export const COLOURS: { readonly [Name in Shade]: Colours } = {
  pending: { fill: "#ffffff", stroke: "#767676", isDashed: false },
  started: { fill: "#56b4e9", stroke: "#0072b2", isDashed: false },
  retry: { fill: "#f0e442", stroke: "#857a00", isDashed: false },
  success: { fill: "#009e73", stroke: "#005f45", isDashed: false },
  failure: { fill: "#d55e00", stroke: "#803800", isDashed: false },
  skipped: { fill: "#ffffff", stroke: "#d55e00", isDashed: true },
  revoked: { fill: "#bbbbbb", stroke: "#5c5c5c", isDashed: false },
  other: { fill: "#cc79a7", stroke: "#7d3d5f", isDashed: false },
};

/** The shade of a task. */
export function shadeOf({ state, isSkipped }: TaskStatus): Shade {
  return isSkipped ? "skipped" : (SHADES.get(state) ?? "other");
}

const SHADES: ReadonlyMap<string, Shade> = new Map([
  ["PENDING", "pending"],
  ["RECEIVED", "started"],
  ["STARTED", "started"],
  ["RETRY", "retry"],
  ["REPLACED", "started"],
  ["SUCCESS", "success"],
  ["FAILURE", "failure"],
  ["REVOKED", "revoked"],
]);
