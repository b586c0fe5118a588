/**
 * A value, or a promise of it.
 *
 * n.b. Most of what a worker does for a task it can do at once, and each promise on the way costs as much as many a handler:
 * what is there is handed on as it is, and only what is not is awaited.
 */
export type Eventually<Value> = Value | Promise<Value>;

/** What follows a value: at once, where that is there. */
export function after<Value, Next>(
  value: Eventually<Value>,
  follow: (value: Value) => Eventually<Next>,
): Eventually<Next> {
  return value instanceof Promise ? value.then(follow) : follow(value);
}
