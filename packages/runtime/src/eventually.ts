/**
 * A value, or a promise of it.
 *
 * n.b. Most of what a worker does for a task it can do at once, and each promise on the way costs as much as many a handler:
 * what is there is handed on as it is, and only what is not is awaited.
 */
export type Eventually<Value> = Value | Promise<Value>;
