import type { Channel, ChannelModel, ConfirmChannel } from "amqplib";
import { connect, credentials } from "amqplib";
import type { Address } from "./address.ts";
import { GuardedChannel } from "./channel.ts";
import type { OnEvent } from "./event.ts";
import { FAREWELL_MS, within } from "./patience.ts";
import { readWideIntegers } from "./wide-integers.ts";
import { writeTogether } from "./written-together.ts";

/**
 * One connection to the broker, from its handshake to its end: never reconnected, but replaced.
 *
 * Aborting its socket's signal destroys the socket in whatever state it is, so that nothing holds the process.
 */
export class Link {
  /** Resolves with the reason once the connection has ended. */
  readonly ended: Promise<string>;
  readonly #model: ChannelModel;
  readonly #socket: AbortController;
  readonly #channels = new Set<GuardedChannel>();
  #reason: string | null = null;

  private constructor(model: ChannelModel, socket: AbortController) {
    this.#model = model;
    this.#socket = socket;
    model.on("error", (error) => (this.#reason ??= error.message));
    this.ended = new Promise((resolve) => {
      model.on("close", (error) => resolve(this.#end(error?.message ?? "it was closed")));
    });
    readWideIntegers(model);
    writeTogether(model);
  }

  /**
   * @param timeoutMs - For the socket and AMQP's handshake together.
   * @param stop - Aborted when the connection is no longer wanted; has no effect once it is made.
   * @throws {Error} Whatever amqplib says; `refusalOf` reads it.
   */
  static async open(address: Address, timeoutMs: number, stop: AbortSignal): Promise<Link> {
    const socket = new AbortController();
    const abort = (): void => socket.abort(stop.reason);
    const timer = setTimeout(() => socket.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    stop.addEventListener("abort", abort);
    try {
      return new Link(await connect(address.url, socketOptions(address, socket.signal)), socket);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", abort);
    }
  }

  get isAlive(): boolean {
    return this.#reason === null;
  }

  /** Why it ended; null while it lives. */
  get reason(): string | null {
    return this.#reason;
  }

  async channel(): Promise<GuardedChannel> {
    return this.#guard(await this.#model.createChannel());
  }

  async confirmChannel(): Promise<GuardedChannel<ConfirmChannel>> {
    return this.#guard(await this.#model.createConfirmChannel());
  }

  /** Passes on that the broker takes no publications, and that it takes them again. */
  tellOfBlocks(address: string, onEvent: OnEvent): void {
    this.#model.on("blocked", (reason) => onEvent({ event: "connection.blocked", address, reason }));
    this.#model.on("unblocked", () => onEvent({ event: "connection.unblocked", address }));
  }

  /** Says goodbye, for 2 s at most, and destroys the socket. */
  async close(): Promise<void> {
    await within(FAREWELL_MS, this.#farewell());
    this.#end("it was closed");
  }

  /** n.b. amqplib sends a connection's `close` past what its channels still have to send: these go first. */
  async #farewell(): Promise<void> {
    await Promise.all([...this.#channels].map((channel) => channel.close()));
    this.#model.close().catch(() => {});
    await this.ended;
  }

  #end(reason: string): string {
    this.#reason ??= reason;
    this.#socket.abort();
    return this.#reason;
  }

  #guard<C extends Channel>(raw: C): GuardedChannel<C> {
    const channel = new GuardedChannel(raw, () => this.#reason);
    this.#channels.add(channel);
    void channel.ended.then(() => this.#channels.delete(channel));
    return channel;
  }
}

function socketOptions(address: Address, signal: AbortSignal): Parameters<typeof connect>[1] {
  const plain = credentials.plain(address.user, address.password);
  // n.b. without noDelay a message that goes alone waits 40 ms for the acknowledgement of the packet before it.
  const socket = { noDelay: true, keepAlive: true, credentials: plain, clientProperties: CLIENT, signal };
  return socket;
}

const CLIENT = { connection_name: "umbel" };
