import type {
  Backend,
  Broker,
  Cancel,
  Consumer,
  ConsumeOptions,
  Counted,
  DeadLetterOptions,
  Delivery,
  JoinStore,
  Message,
  Messages,
  Put,
  OutcomeRecord,
  PlanStore,
  ResultStore,
  SignalListener,
} from "@umbel/core";
import { PublishFailed, StoreUnavailable, isUndecodable } from "@umbel/core";
import { AnswerLost } from "./scheduler.ts";
import type { Scheduler } from "./scheduler.ts";

/**
 * A broker whose every effect waits for its turn, each message of a publication by itself, so that its actor can die
 * between any two.
 */
export class ScheduledBroker implements Broker {
  readonly #inner: Broker;
  readonly #scheduler: Scheduler;
  readonly #actor: string;

  constructor(inner: Broker, scheduler: Scheduler, actor: string) {
    this.#inner = inner;
    this.#scheduler = scheduler;
    this.#actor = actor;
  }

  open(): Promise<void> {
    return this.#inner.open();
  }

  publish(messages: Messages): Promise<void> {
    return this.#eachInTurn(messages, (message) => this.#inner.publish([message]));
  }

  consume(options: ConsumeOptions): Promise<Consumer> {
    return this.#inner.consume({ ...options, onDelivery: this.#whileAlive(options.onDelivery) });
  }

  async consumeDeadLetters(options: DeadLetterOptions): Promise<Consumer | null> {
    const onDelivery = this.#whileAlive(options.onDelivery);
    return (await this.#inner.consumeDeadLetters?.({ ...options, onDelivery })) ?? null;
  }

  listen(onReplies: (records: readonly OutcomeRecord[]) => void, onReconnected: () => void): Promise<string> {
    return this.#inner.listen(onReplies, onReconnected);
  }

  reply(address: string, records: readonly OutcomeRecord[]): void {
    this.#inner.reply(address, records);
  }

  broadcast(cancels: readonly Cancel[]): void {
    this.#inner.broadcast(cancels);
  }

  onSignal(listener: SignalListener): Promise<() => Promise<void>> {
    return this.#inner.onSignal(listener);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #whileAlive(onDelivery: (delivery: Delivery) => void): (delivery: Delivery) => void {
    return (delivery) => {
      if (!this.#scheduler.isDead(this.#actor)) onDelivery(this.#scheduled(delivery));
    };
  }

  #scheduled(delivery: Delivery): Delivery {
    return {
      message: delivery.message,
      redelivered: delivery.redelivered,
      rank: delivery.rank,
      queue: delivery.queue,
      death: delivery.death,
      isAlive: () => delivery.isAlive(),
      publish: (messages) => this.#eachInTurn(messages, (message) => delivery.publish([message])),
      ack: () => delivery.ack(),
      requeue: () => delivery.requeue(),
      deadLetter: (reason) => {
        const id = isUndecodable(delivery.message) ? "?" : delivery.message.id;
        return this.#inTurn(`dead-letter ${id}`, () => delivery.deadLetter(reason));
      },
    };
  }

  async #eachInTurn(messages: Messages, publish: (message: Message) => Promise<void>): Promise<void> {
    for (const message of messages) {
      await this.#inTurn(`publish ${message.id}${message.suspect ? " (suspect)" : ""}`, () =>
        publish(message),
      );
    }
  }

  async #inTurn(label: string, operation: () => Promise<void>): Promise<void> {
    try {
      await this.#scheduler.perform(this.#actor, label, operation);
    } catch (error) {
      throw error instanceof AnswerLost
        ? new PublishFailed(`the confirmation of "${label}" was lost`)
        : error;
    }
  }
}

/**
 * Stores whose every write and read waits for its turn, each record and each join by itself.
 *
 * @param atHand - Whether arrivals bring along the join that they complete, or it has to be read.
 */
export function scheduledBackend(
  inner: Backend,
  scheduler: Scheduler,
  actor: string,
  atHand = true,
): Backend {
  const inTurn = async <Answer>(label: string, operation: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await scheduler.perform(actor, label, operation);
    } catch (error) {
      throw error instanceof AnswerLost ? new StoreUnavailable(`the answer to "${label}" was lost`) : error;
    }
  };
  return {
    results: scheduledResults(inner.results, inTurn),
    joins: scheduledJoins(inner.joins, inTurn, atHand),
    plans: scheduledPlans(inner.plans, inTurn),
    flows: inner.flows, // n.b. nothing runs by it, so that nothing depends on when it is done
  };
}

/** What the put of a turn's end is called. */
const LABELS = { SUCCESS: "put", FAILURE: "put", RETRY: "retry", REPLACED: "replace" } as const;

type InTurn = <Answer>(label: string, operation: () => Promise<Answer>) => Promise<Answer>;

function scheduledResults(inner: ResultStore, inTurn: InTurn): ResultStore {
  return {
    open: () => inner.open(),
    put: (records) =>
      oneByOne(records, (record) =>
        inTurn(`${LABELS[record.outcome.state]} ${record.id}`, () => inner.put([record])),
      ),
    putInOrder: async (records) => {
      const puts: Put[] = [];
      for (const record of records) {
        const label = `${LABELS[record.outcome.state]} ${record.id}`;
        puts.push(...(await inTurn(label, () => inner.putInOrder([record]))));
        if (puts.at(-1)?.won !== true) break;
      }
      return puts;
    },
    start: (start) => inTurn(`start ${start.id}`, () => inner.start(start)),
    find: (ids) => inTurn(`find ${ids.join(" ")}`, () => inner.find(ids)),
    findFlow: (flow) => inner.findFlow(flow),
    findFlowStates: (flow) => inner.findFlowStates(flow),
    forget: (ids) => inTurn(`forget ${ids.join(" ")}`, () => inner.forget(ids)),
    close: () => inner.close(),
  };
}

function scheduledJoins(inner: JoinStore, inTurn: InTurn, atHand: boolean): JoinStore {
  return {
    open: () => inner.open(),
    register: (joins) =>
      oneByOne(joins, (join) => inTurn(`register ${join.id}`, () => inner.register([join]))),
    arrive: (document, arrivals) => {
      const members = arrivals.map(({ index, ok }) => `${index}${ok ? "" : " (failed)"}`).join(" ");
      return inTurn(`arrive ${document} ${members}`, async () => {
        const counted = await inner.arrive(document, arrivals);
        return atHand ? counted : withoutJoin(counted);
      });
    },
    race: (join, arrivals) => {
      const members = arrivals.map(({ index, ok }) => `${index}${ok ? "" : " (failed)"}`).join(" ");
      return inTurn(`race ${join} ${members}`, () => inner.race(join, arrivals));
    },
    read: (join) => inTurn(`read ${join}`, () => inner.read(join)),
    claim: (join, claimant) => inTurn(`claim ${join} ${claimant.nonce}`, () => inner.claim(join, claimant)),
    mark: async (joins, mark, expiresAtMs) => {
      for (const join of joins) await inTurn(`mark ${join}`, () => inner.mark([join], mark, expiresAtMs));
    },
    markOf: (join) => inTurn(`mark of ${join}`, () => inner.markOf(join)),
    noteCancel: (cancel, expiresAtMs) =>
      inTurn(`cancel ${cancel.scope}`, () => inner.noteCancel(cancel, expiresAtMs)),
    cancels: () => inner.cancels(), // read when a worker starts, before it takes part
    retire: (join, expiresAtMs) => inTurn(`retire ${join}`, () => inner.retire(join, expiresAtMs)),
    close: () => inner.close(),
  };
}

function withoutJoin(counted: Counted | null): Counted | null {
  if (counted === null) return null;
  const { join: _notAtHand, ...rest } = counted;
  return rest;
}

function scheduledPlans(inner: PlanStore, inTurn: InTurn): PlanStore {
  return {
    open: () => inner.open(),
    save: async (pages, expiresAtMs) => {
      for (const page of pages) await inTurn(`save ${page.id}`, () => inner.save([page], expiresAtMs));
    },
    load: (id) => inTurn(`load ${id}`, () => inner.load(id)),
    close: () => inner.close(),
  };
}

async function oneByOne<Item, Answer>(
  items: readonly Item[],
  each: (item: Item) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const item of items) answers.push(...(await each(item)));
  return answers;
}
