import type { Backend, EventsOptions, FlowEvent } from "@umbel/core";
import { AppClosed } from "@umbel/core";
import { Following } from "./following.ts";
import { lastTasks } from "./last-tasks.ts";
import type { ResultSources } from "./result.ts";
import { onStart } from "./start-events.ts";

/** What following a flow needs. */
export interface EventSources {
  readonly flow: string;
  /** Resolves when the flow is published and written down. */
  readonly published: Promise<void>;
  /** Opens what is needed to ask. */
  readonly connect: () => Promise<ResultSources>;
}

/** What happens in a flow, until its result is there. Nothing is read, and nobody is listened to, before the first `next()`. */
export function eventsOf(
  sources: EventSources,
  { signal }: EventsOptions = {},
): AsyncIterableIterator<FlowEvent> {
  const over = new AbortController();
  const events = follow(sources, over.signal, signal);
  return {
    next: () => events.next(),
    // n.b. a generator that waits takes a return only when its wait has ended.
    return: () => {
      over.abort();
      return events.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* follow(
  { flow, published, connect }: EventSources,
  over: AbortSignal,
  signal: AbortSignal | undefined,
): AsyncGenerator<FlowEvent, undefined> {
  await published;
  const { backend, replies, environment } = await connect();
  const ends = await lastTasks(flow, backend);
  const end = AbortSignal.any([over, replies.closing, ...(signal ? [signal] : [])]);
  const following = new Following({ flow, ends, results: backend.results, environment, end });
  const subscriptions = [
    onStart(flow, (start) => following.hear(start)),
    backend.results.watch?.(flow, (records) => following.learn(records)),
    ...watchedOf(ends, backend).map((id) => replies.watch(id, () => following.lookNow())),
  ];
  try {
    yield* following.events();
    signal?.throwIfAborted();
    if (replies.closing.aborted && !following.isOver) throw closed();
  } catch (error) {
    throw replies.closing.aborted ? closed() : error;
  } finally {
    for (const unsubscribe of subscriptions) unsubscribe?.();
  }
}

/** The tasks whose push says that the store is worth a read: none, where the store itself tells. */
function watchedOf(ends: readonly string[], { results }: Backend): readonly string[] {
  return results.watch === undefined ? ends.slice(0, MOST_WATCHED) : [];
}

function closed(): AppClosed {
  return new AppClosed("the app was closed before the flow ended; the flow goes on where it runs");
}

/** Members of a last group whose push is listened for; one tells as well as all. */
const MOST_WATCHED = 100;
