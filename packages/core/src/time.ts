/**
 * Milliseconds since the epoch of an ISO 8601 time as Python and JavaScript write it; without a zone it is UTC, as in
 * Celery. Null for anything else.
 *
 * n.b. `Date.parse` makes a time of much that is none: of "foo 5" the first of May 2001.
 */
export function timeOf(iso: string): number | null {
  if (!TIME.test(iso)) return null;
  const ms = Date.parse(ZONED.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(ms) ? null : ms;
}

const TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
const ZONED = /\d\d(?:Z|[+-]\d\d:?\d\d)$/;
