// A process that does one thing with a broker and is then left to end by itself. Prints what came of it, as JSON.
import { messageOf } from "../contract/messages.ts";
import { AmqpBroker } from "./amqp-broker.ts";

const [errand = "", url = "", queue = ""] = process.argv.slice(2);

const errands: Readonly<Record<string, () => Promise<void>>> = {
  async open() {
    await new AmqpBroker(url, { connectTimeoutMs: 300 }).open();
  },
  async "publish and close"() {
    const broker = new AmqpBroker(url);
    await broker.publish([messageOf("errand", queue)]);
    await broker.close();
  },
  async "consume, listen and close"() {
    const broker = new AmqpBroker(url);
    await broker.consume({ queues: [queue], prefetch: 1, onDelivery: () => {} });
    await broker.listen(
      () => {},
      () => {},
    );
    await broker.close();
  },
  /** The parent sees to it that the connection is lost and cannot be made again. */
  async "close while it reconnects"() {
    await new Promise<void>((resolve) => {
      const broker = new AmqpBroker(url, {
        onEvent: ({ event }) => event === "connection.failed" && resolve(broker.close()),
      });
      void broker
        .consume({ queues: [queue], prefetch: 1, onDelivery: () => {} })
        .then(() => console.error("ready"));
    });
  },
  /** The parent sees to it that the server does not answer. */
  async "close while it shakes hands"() {
    const broker = new AmqpBroker(url, { connectTimeoutMs: 60_000 });
    const opening = broker.open();
    setTimeout(() => void broker.close(), 100);
    await opening;
  },
};

try {
  await errands[errand]?.();
  console.log(JSON.stringify({ code: null }));
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
