/** A number as people read it: three digits that count, thousands apart. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return rounded(value).toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** `1.8×`. */
export function shownRatio(value: number): string {
  return `${value.toLocaleString("en-US", { maximumFractionDigits: value >= 10 ? 0 : 2 })}×`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
