import type { ChannelModel } from "amqplib";

/**
 * Lets a connection read 64-bit integers in headers as Python sends them, under the tag `L`.
 *
 * amqplib 2.3.1 knows only `l` for the same eight bytes and ends the whole connection at an `L`; the message comes
 * again to the next worker and ends its connection, and so on. So where a frame cannot be decoded, its tags are
 * rewritten and it is decoded once more.
 */
export function readWideIntegers(model: ChannelModel): void {
  const connection = model.connection as unknown as Partial<FrameReader>;
  const { recvFrame } = connection;
  if (typeof recvFrame !== "function" || !Buffer.isBuffer(connection.rest)) return; // not the amqplib we know
  connection.recvFrame = function (this: FrameReader): unknown {
    const bytes = this.rest;
    try {
      return recvFrame.call(this);
    } catch (error) {
      if (!rewriteWideTags(bytes)) throw error;
      this.rest = bytes;
      return recvFrame.call(this);
    }
  };
}

/** The parts of amqplib's connection that are used here: the bytes not yet read, and who reads them. */
interface FrameReader {
  rest: Buffer;
  recvFrame(): unknown;
}

/** Turns `L` into `l` in the headers of the frame at the start of these bytes. Whether there was any. */
export function rewriteWideTags(frame: Buffer): boolean {
  if (frame.length < HEADERS_AT || frame[0] !== HEADER_FRAME) return false;
  const flags = frame.readUInt16BE(FLAGS_AT);
  let at = HEADERS_AT;
  if (flags & 0x80_00) at = afterShortText(frame, at); // content type
  if (flags & 0x40_00) at = afterShortText(frame, at); // content encoding
  return (flags & 0x20_00) !== 0 && rewriteTable(frame, at);
}

const HEADER_FRAME = 2;
/** Behind type (1), channel (2), size (4), class (2), weight (2) and the body's size (8). */
const FLAGS_AT = 19;
const HEADERS_AT = 21;

function afterShortText(frame: Buffer, at: number): number {
  return at + 1 + frame.readUInt8(at);
}

function afterLongText(frame: Buffer, at: number): number {
  return at + 4 + frame.readUInt32BE(at);
}

function rewriteTable(frame: Buffer, start: number): boolean {
  const end = afterLongText(frame, start);
  let isRewritten = false;
  for (let at = start + 4; at < end;) {
    const tagAt = afterShortText(frame, at);
    isRewritten = rewriteValue(frame, tagAt) || isRewritten;
    at = afterValue(frame, tagAt);
  }
  return isRewritten;
}

function rewriteArray(frame: Buffer, start: number): boolean {
  const end = afterLongText(frame, start);
  let isRewritten = false;
  for (let at = start + 4; at < end; at = afterValue(frame, at)) {
    isRewritten = rewriteValue(frame, at) || isRewritten;
  }
  return isRewritten;
}

function rewriteValue(frame: Buffer, tagAt: number): boolean {
  switch (tagOf(frame, tagAt)) {
    case "L":
      frame.write("l", tagAt, "latin1");
      return true;
    case "F":
      return rewriteTable(frame, tagAt + 1);
    case "A":
      return rewriteArray(frame, tagAt + 1);
    default:
      return false;
  }
}

function afterValue(frame: Buffer, tagAt: number): number {
  const tag = tagOf(frame, tagAt);
  const width = WIDTHS[tag];
  if (width !== undefined) return tagAt + 1 + width;
  if ("SxFA".includes(tag)) return afterLongText(frame, tagAt + 1);
  throw new TypeError(`a header has the unknown type ${JSON.stringify(tag)}`);
}

function tagOf(frame: Buffer, at: number): string {
  return String.fromCharCode(frame.readUInt8(at));
}

/** Bytes behind each tag whose values are all of one size. Source: RabbitMQ's errata to AMQP 0-9-1, and its parser. */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{ V: 0, t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, l: 8, L: 8, d: 8, T: 8 },
};
