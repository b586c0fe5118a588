import type { Channel, ConfirmChannel, Options } from "amqplib";

/** Called once, when the broker has answered; with an error where it did not take the message. */
export type OnConfirm = (error: unknown) => void;

/** Publishes to a queue, and hears of the confirm. @throws {Error} It cannot be encoded, or the channel has ended. */
export function sendConfirmed(
  channel: ConfirmChannel,
  queue: string,
  content: Buffer,
  properties: Options.Publish,
  onConfirm: OnConfirm,
): void {
  const direct = channel as unknown as Partial<DirectChannel>;
  if (!isDirect(direct) || direct.pushConfirmCallback === undefined)
    return void channel.publish("", queue, content, properties, onConfirm);
  const fields = fieldsOf(queue, properties);
  direct.sendMessage(fields, fields, content);
  direct.pushConfirmCallback(onConfirm);
}

/** Publishes to a queue that may be gone. @throws {Error} As {@link sendConfirmed}. */
export function send(channel: Channel, queue: string, content: Buffer, properties: Options.Publish): void {
  const direct = channel as unknown as Partial<DirectChannel>;
  if (!isDirect(direct)) return void channel.publish("", queue, content, properties);
  const fields = fieldsOf(queue, properties);
  direct.sendMessage(fields, fields, content);
}

/**
 * What `publish` of amqplib's channels is made of, and does not offer: it wraps the headers in a prototype, the walk
 * through which takes three times as long as all else that a message costs. Where a version has it not, `publish` serves.
 */
interface DirectChannel {
  sendMessage(method: object, properties: object, content: Buffer): void;
  pushConfirmCallback?(onConfirm: OnConfirm): void;
}

function isDirect(channel: Partial<DirectChannel>): channel is DirectChannel {
  return typeof channel.sendMessage === "function";
}

/** The fields of the method and those of the properties, for both encoders, as `publish` makes them of its options. */
function fieldsOf(queue: string, properties: Options.Publish): object {
  const { contentType, contentEncoding, headers, priority, correlationId, replyTo } = properties;
  const { messageId, timestamp, type, appId } = properties;
  return {
    exchange: "",
    routingKey: queue,
    mandatory: properties.mandatory === true,
    immediate: false,
    ticket: 0,
    contentType,
    contentEncoding,
    headers,
    deliveryMode: properties.persistent === true ? 2 : 1,
    priority,
    correlationId,
    replyTo,
    expiration: undefined,
    messageId,
    timestamp,
    type,
    userId: undefined,
    appId,
    clusterId: undefined,
  };
}
