/** A number as people read it: three digits that count, thousands apart. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return rounded(value).toLocaleString("en-US", { maximumFractionDigits: digitsOf(value) });
}

/** `1.8×`. */
export function shownRatio(value: number): string {
  return `${value.toLocaleString("en-US", { maximumFractionDigits: digitsOf(value) })}×`;
}

function digitsOf(value: number): number {
  return Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
