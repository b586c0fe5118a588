import type { Broker } from "@umbel/core";

/** What each actor of a simulation has heard to be cancelled, and what it began all the same. */
export class Hearing {
  /** Ids of tasks whose handler began on a worker that had heard of their cancel. */
  readonly late: string[] = [];
  /** By actor, what the ids of it begin with. */
  readonly #heard = new Map<string, Set<string>>();
  readonly #begun = new Set<string>();

  /** A broker whose actor never hears a signal: each may be lost. */
  deaf(broker: Broker): Broker {
    const onSignal = broker.onSignal.bind(broker);
    broker.onSignal = (listener) =>
      onSignal({ onReconnected: () => listener.onReconnected(), onSignal: () => {} });
    return broker;
  }

  /** A broker that also says what its actor hears. */
  listening(broker: Broker, actor: string): Broker {
    const heard = new Set<string>();
    this.#heard.set(actor, heard);
    const onSignal = broker.onSignal.bind(broker);
    broker.onSignal = (listener) =>
      onSignal({
        onReconnected: () => listener.onReconnected(),
        onSignal: (cancels) => {
          listener.onSignal(cancels);
          for (const { scope } of cancels) heard.add(scope);
        },
      });
    return broker;
  }

  /** n.b. Handlers of failures end with nothing; and of a message with many calls, its first is what begins it. */
  began(actor: string, id: string, retries: number): void {
    const attempt = `${actor} ${id} ${retries}`;
    const isLate = [...(this.#heard.get(actor) ?? [])].some((scope) => isBelow(id, scope));
    if (isLate && !this.#begun.has(attempt) && !/\+(error|failure)|!u/.test(id)) this.late.push(id);
    this.#begun.add(attempt);
  }
}

/** Whether an id is that of a scope, or of something in it. */
export function isBelow(id: string, scope: string): boolean {
  return id.startsWith(scope) && /^([.+~!]|$)/.test(id.slice(scope.length));
}
