import type { Broker } from "@umbel/core";
import { vi } from "vitest";

/** A server under test, with queues that nobody else uses. */
export interface BrokerWorld {
  /** Another client of the server, not opened yet. */
  broker(): Broker;
  /** Cuts a broker's connection hard. It connects again by itself, when it has noticed. */
  cut(broker: Broker): Promise<void>;
  /** A queue of a fresh name, not declared yet. */
  queue(): string;
  /** Where messages go whose step names no queue. */
  readonly defaultQueue: string;
  /** A queue whose messages the broker gives up as they come, as expired, and puts among the dead letters of a name. */
  dyingQueue(deadLetters: string): Promise<string>;
  /** What was put aside so far. */
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Ends all its brokers and removes its queues. */
  close(): Promise<void>;
}

export interface DeadLetter {
  readonly id: string | null;
  readonly queue: string;
  readonly reason: string;
}

/** A message that is not ours, as bytes. */
export interface RawMessage {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly replyTo?: string;
  readonly correlationId?: string;
  readonly body: Buffer;
}

/** What only some brokers can be asked for. */
export interface BrokerExtras<World extends BrokerWorld> {
  /** Puts bytes into a queue, which is declared before; absent where everything that comes is a message of ours. */
  readonly putRaw?: (world: World, queue: string, raw: RawMessage) => Promise<void>;
  /** True where messages are handed over as the objects they are, and whoever changes one has to copy it. */
  readonly handsOverObjects?: boolean;
  /** True where several messages travel as one: then they are counted by prefetches, and delivered again, together. */
  readonly travelTogether?: boolean;
}

export interface Setup<World extends BrokerWorld> {
  readonly world: World;
  /** Opened. */
  readonly broker: Broker;
  readonly queue: string;
}

export type MakeSetup<World extends BrokerWorld = BrokerWorld> = () => Promise<Setup<World>>;

/** Tries until it does not throw: a cut connection is noticed when it is, a dead letter may be looked at by others. */
export async function eventually(attempt: () => Promise<void>): Promise<void> {
  await vi.waitFor(attempt, PATIENCE);
}

export const PATIENCE = { timeout: 10_000, interval: 10 };
