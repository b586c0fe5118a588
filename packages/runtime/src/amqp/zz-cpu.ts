import { AmqpBroker } from "./broker.ts";
import { encodeMessage, decodeMessage } from "@umbel/core";
import { connect } from "amqplib";
const URL = "amqp://127.0.0.1:25671"; const N = 20000; const Q = "cpu" + process.pid, QR = Q + "r";
const pad = "x".repeat(256 - 60);
const message = (i: number, queue: string): any => ({ id: "flow-" + i, task: "bench.task", args: [pad], kwargs: {}, options: { queue }, flow: "flow-" + i, parent: null, retries: 0, nonce: "nonce" + i, suspect: false, next: { steps: [], join: null }, claim: null, replyTo: null, callbacks: [], errbacks: [], etaMs: null, expiresMs: null });
async function timed(f: () => Promise<void>) { const t = performance.now(), c = process.cpuUsage(); await f(); const u = process.cpuUsage(c); return `${Math.round(N / ((performance.now() - t) / 1000))}/s ${((u.user + u.system) / N).toFixed(1)}us`; }
const b = new AmqpBroker(URL, {}); await b.open(); const c = await connect(URL, { noDelay: true });
const ch = await c.createConfirmChannel(); await ch.assertQueue(QR);
for (let i = 0; i < 6; i++) {
  const ms = Array.from({ length: N }, (_, i) => message(i, Q)), mr = Array.from({ length: N }, (_, i) => message(i, QR));
  const p1 = await timed(() => b.publish(ms));
  const p2 = await timed(() => new Promise<void>((done) => { let i = 0, open = 0, ok = 0; const fill = () => { while (i < N && open < 2000) { const { headers, body, ...p } = encodeMessage(mr[i++]!); open++; ch.publish("", QR, Buffer.from(body), { ...p, headers, persistent: true, mandatory: true } as any, () => { open--; if (++ok === N) done(); else if (open < 1000) fill(); }); } }; fill(); }));
  const c1 = await timed(async () => { let n = 0; let k: any; await new Promise<void>(async (done) => { k = await b.consume({ queues: [Q], prefetch: 1000, onDelivery: (d) => { d.ack(); if (++n === N) done(); } }); }); await k.close(); });
  const k = await c.createChannel(); await k.prefetch(1000);
  const c2 = await timed(async () => { let n = 0; await new Promise<void>((done) => { void k.consume(QR, (m: any) => { decodeMessage({ ...m.properties, body: m.content.toString() }); k.ack(m); if (++n === N) done(); }); }); await k.close(); });
  console.log(`publish ours ${p1} raw ${p2} | consume ours ${c1} raw ${c2}`);
}
await ch.deleteQueue(QR); await ch.deleteQueue(Q); await c.close(); await b.close();
