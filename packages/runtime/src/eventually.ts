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

/** `try` and `catch`, of what may come later. */
export function caught<Value>(
  attempt: () => Eventually<Value>,
  onError: (error: unknown) => Eventually<Value>,
): Eventually<Value> {
  try {
    const value = attempt();
    return value instanceof Promise ? caughtLater(value, onError) : value;
  } catch (error) {
    return onError(error);
  }
}

async function caughtLater<Value>(
  later: Promise<Value>,
  onError: (error: unknown) => Eventually<Value>,
): Promise<Value> {
  try {
    return await later;
  } catch (error) {
    return onError(error);
  }
}

/** `try` and `finally`, of what may come later. */
export function lastly<Value>(attempt: () => Eventually<Value>, last: () => void): Eventually<Value> {
  let value: Eventually<Value>;
  try {
    value = attempt();
  } catch (error) {
    last();
    throw error;
  }
  if (value instanceof Promise) return value.finally(last);
  last();
  return value;
}
