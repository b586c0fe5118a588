import { AmqpBroker } from "./broker.ts";
import { encodeMessage, decodeMessage } from "@umbel/core";
import { connect } from "amqplib";
const URL = process.env.AMQP_URL ?? "amqp://127.0.0.1:25671";
const N = Number(process.env.N ?? 20000);
const Q = "bench" + process.pid,
  QR = Q + "r";
const pad = "x".repeat(256 - 60);
const message = (i: number, queue: string): any => ({
  id: "flow-" + i,
  task: "bench.task",
  args: [pad],
  kwargs: {},
  options: { queue },
  flow: "flow-" + i,
  parent: null,
  retries: 0,
  nonce: "nonce" + i,
  suspect: false,
  next: { steps: [], join: null },
  claim: null,
  replyTo: null,
  callbacks: [],
  errbacks: [],
  etaMs: null,
  expiresMs: null,
});
const rate = (t: number) => Math.round(N / ((performance.now() - t) / 1000));
console.log("body bytes", encodeMessage(message(1, Q)).body.length);
async function ours(b: AmqpBroker) {
  const ms = Array.from({ length: N }, (_, i) => message(i, Q));
  let t = performance.now();
  await b.publish(ms);
  const p = rate(t);
  t = performance.now();
  let n = 0;
  await new Promise<void>(async (done) => {
    const c = await b.consume({
      queues: [Q],
      prefetch: 1000,
      onDelivery: (d) => {
        d.ack();
        if (++n === N)
          setImmediate(async () => {
            await c.close();
            done();
          });
      },
    });
  });
  return [p, rate(t)];
}
async function raw(c: any) {
  const ch = await c.createConfirmChannel();
  await ch.assertQueue(QR);
  const bodies = Array.from({ length: N }, (_, i) => message(i, QR));
  let t = performance.now();
  await new Promise<void>((done) => {
    let i = 0,
      open = 0,
      ok = 0;
    const fill = () => {
      while (i < N && open < 2000) {
        const { headers, body, ...p } = encodeMessage(bodies[i++]!);
        open++;
        ch.publish("", QR, Buffer.from(body), { ...p, headers, persistent: true, mandatory: true }, () => {
          open--;
          if (++ok === N) done();
          else if (open < 1000) fill();
        });
      }
    };
    fill();
  });
  const p = rate(t);
  t = performance.now();
  let n = 0;
  const k = await c.createChannel();
  await k.prefetch(1000);
  await new Promise<void>((done) => {
    k.consume(QR, (m: any) => {
      decodeMessage({ ...m.properties, body: m.content.toString() });
      k.ack(m);
      if (++n === N)
        setImmediate(async () => {
          await k.close();
          done();
        });
    });
  });
  const r = rate(t);
  await ch.deleteQueue(QR);
  await ch.close();
  return [p, r];
}
const b = new AmqpBroker(URL, {});
await b.open();
const c = await connect(URL, { noDelay: true });
for (let i = 0; i < 5; i++) {
  console.log("ours", await ours(b), "raw", await raw(c));
}
const ch = await c.createChannel();
await ch.deleteQueue(Q);
await c.close();
await b.close();
