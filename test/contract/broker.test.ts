import { MemoryBroker, MemoryServer } from "@umbel/runtime/testing";
import type { Broker } from "@umbel/core";
import { AmqpWorld } from "../support/amqp-world.ts";
import { describeWith } from "../support/services.ts";
import type { BrokerWorld } from "./broker/world.ts";
import { describeBroker } from "./broker/index.ts";

// The worker copies what it gives to handlers and takes from them.
describeBroker("a broker in memory", () => Promise.resolve(memoryWorld()), { handsOverObjects: true });

describeWith("amqp", "RabbitMQ", ({ amqp }) => {
  describeBroker("a broker on RabbitMQ", () => AmqpWorld.open(amqp.url), {
    putRaw: (world, queue, raw) => world.putRaw(queue, raw),
  });

  describeBroker(
    "a broker on RabbitMQ whose messages travel together",
    async () => bundling(await AmqpWorld.open(amqp.url)),
    { travelTogether: true },
  );
});

function memoryWorld(): BrokerWorld {
  const server = new MemoryServer({ defaultQueue: "default" });
  const brokers: MemoryBroker[] = [];
  const dying = new Set<string>();
  let queues = 0;
  const enqueue = server.enqueue.bind(server);
  server.enqueue = (message) => {
    const { queue = "default" } = message.options;
    if (!dying.has(queue)) return enqueue(message);
    server.giveUp(message, { reason: "expired", queue, count: 1 });
  };
  return {
    broker: () => (brokers.push(server.connect()), brokers.at(-1) as Broker),
    cut: async (broker) => server.cut(broker as MemoryBroker),
    queue: () => `queue ${(queues += 1)}`,
    dyingQueue: async () => {
      const queue = `queue ${(queues += 1)}`;
      dying.add(queue);
      return queue;
    },
    defaultQueue: "default",
    deadLetters: async () =>
      server.deadLetters.map(({ message, queue, reason }) => ({ id: message.id, queue, reason })),
    close: async () => void (await Promise.all(brokers.map((broker) => broker.close()))),
  };
}

/** The same world, in which each message says that others may travel with it. */
function bundling(world: AmqpWorld): AmqpWorld {
  const open = world.broker.bind(world);
  world.broker = (...how) => {
    const broker = open(...how);
    const publish = broker.publish.bind(broker);
    broker.publish = (messages) =>
      publish([...messages].map((each) => ({ ...each, options: { ...each.options, bundle: 3 } })));
    return broker;
  };
  return world;
}
