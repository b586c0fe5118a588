/** What happened on the way to the broker, for logs. Facts, in the past tense; ids and times are fields. */
export type ConnectionEvent =
  | { readonly event: "connection.opened"; readonly address: string }
  /** The next attempt to connect follows after `retryInMs`. */
  | {
      readonly event: "connection.lost" | "connection.failed";
      readonly address: string;
      readonly reason: string;
      readonly retryInMs: number;
    }
  /** The broker takes no publications for now (memory or disk is short): they wait, until unblocked. */
  | { readonly event: "connection.blocked"; readonly address: string; readonly reason: string }
  | { readonly event: "connection.unblocked"; readonly address: string }
  /** The channel of a consumer or of the reply queue ended; it is opened again after `retryInMs`. */
  | {
      readonly event: "channel.lost";
      readonly purpose: string;
      readonly reason: string;
      readonly retryInMs: number;
    }
  /** Somebody deleted a queue that we consume from; it is declared again. */
  | { readonly event: "queue.deleted"; readonly queue: string }
  /** The exchange or the queue of the dead letters could not be declared: what comes to them may be less than it should. */
  | { readonly event: "dead-letters.refused"; readonly name: string; readonly reason: string }
  | { readonly event: "reply.dropped"; readonly address: string; readonly reason: string }
  | { readonly event: "reply.unreadable"; readonly reason: string };

/** Where events go. Must not throw. */
export type OnEvent = (event: ConnectionEvent) => void;
