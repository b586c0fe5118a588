import type { ChannelModel } from "amqplib";
import { Writable } from "node:stream";

/**
 * Lets the small things that a connection writes in one turn of the event loop leave in one write of its socket, those of all
 * channels together.
 *
 * amqplib 2.3.1 writes each message, and each acknowledgement, by itself: a call of the system, a packet, and a wake-up of the
 * broker for each. Nothing waits for this: it is held back only until what runs has ended.
 */
export function writeTogether(model: ChannelModel): void {
  const { stream } = model.connection as unknown as { readonly stream?: unknown };
  if (!(stream instanceof Writable)) return; // not the amqplib we know
  const write = stream.write.bind(stream) as Write;
  const held = new Held(write);
  const end = stream.end.bind(stream) as (...args: readonly unknown[]) => Writable;
  stream.write = (chunk: unknown, ...more: readonly unknown[]): boolean => {
    if (Buffer.isBuffer(chunk) && more.length === 0) return held.add(chunk);
    held.letGo();
    return write(chunk, ...more);
  };
  stream.end = (...args: readonly unknown[]): Writable => {
    held.letGo();
    return end(...args);
  };
}

type Write = (chunk: unknown, ...more: readonly unknown[]) => boolean;

/** What waits for the end of what runs. */
class Held {
  readonly #write: Write;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Whether the socket takes more. n.b. While it is held back it is not asked: what a turn writes is not much. */
  add(chunk: Buffer): boolean {
    if (this.#bytes === 0) process.nextTick(() => this.letGo());
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    return this.#bytes < MOST_HELD || this.letGo();
  }

  letGo(): boolean {
    if (this.#bytes === 0) return true;
    const [chunks, bytes] = [this.#chunks, this.#bytes];
    this.#chunks = [];
    this.#bytes = 0;
    return this.#write(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes));
  }
}

/** What is copied together at most: as much as a socket buffers by itself. */
const MOST_HELD = 16 * 1024;
