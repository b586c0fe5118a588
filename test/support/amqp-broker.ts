// The one place where tests reach for the AMQP transport itself; an app makes its broker from a URL.
// oxlint-disable no-restricted-imports -- no package exports it
export { AmqpBroker } from "../../packages/runtime/src/amqp/broker.ts";
export type { AmqpOptions } from "../../packages/runtime/src/amqp/broker.ts";
export type { ConnectionEvent } from "../../packages/runtime/src/amqp/event.ts";
