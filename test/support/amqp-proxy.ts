import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** Which end of a connection: the client under test, or the server behind the proxy. */
export type End = "client" | "server";

/** A TCP proxy before a broker, by which a test breaks connections as networks do. */
export class AmqpProxy {
  readonly #target: URL;
  readonly #pairs = new Set<Pair>();
  readonly #stalled = new Set<End>();
  readonly #traps = new Set<Trap>();
  #replacement: { readonly text: Buffer; readonly by: Buffer } | null = null;
  #server: Server | null = null;
  #port = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** @param target - The URL of the broker; the proxy has the same user, password and virtual host. */
  static async start(target: string): Promise<AmqpProxy> {
    const proxy = new AmqpProxy(target);
    await proxy.accept();
    return proxy;
  }

  /** The URL of the proxy: the same for as long as it lives. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = "127.0.0.1";
    url.port = String(this.#port);
    return url.href;
  }

  /** Connections through it at this moment. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** The ports by which the server knows them. */
  get ports(): readonly number[] {
    return [...this.#pairs].map(({ server }) => server.localPort ?? 0);
  }

  /** Ends all connections at once with a TCP reset, as a dying machine or an impatient firewall does. */
  reset(): void {
    for (const pair of this.#pairs) this.#reset(pair);
  }

  /**
   * Resets all connections when these bytes come by, instead of passing them on; once.
   *
   * @returns Resolves when it has happened.
   */
  resetAt(text: string, from: End = "client"): Promise<void> {
    return this.#trap(text, from, () => this.reset());
  }

  /** Stalls when these bytes come by: they are passed on, and what the server answers is held back. */
  stallAt(text: string): Promise<void> {
    return this.#trap(text, "client", () => this.stall("server"));
  }

  /** From now on, passes on one text in place of another of the same length, from clients. */
  replace(text: string, by: string): void {
    this.#replacement = { text: Buffer.from(text, "latin1"), by: Buffer.from(by, "latin1") };
  }

  /**
   * Resets the clients, and leaves the server in the belief that they are there, as a lost network does.
   *
   * @returns Ends what the server has.
   */
  abandon(): () => void {
    const servers = [...this.#pairs].map(({ server }) => server);
    for (const { client } of this.#pairs)
      client
        .removeAllListeners()
        .on("error", () => {})
        .resetAndDestroy();
    this.#pairs.clear();
    return () => servers.forEach((server) => server.destroy());
  }

  /** Holds back what an end sends, and connections stay open: by default, both. */
  stall(...ends: readonly End[]): void {
    for (const end of ends.length === 0 ? (["client", "server"] as const) : ends) {
      this.#stalled.add(end);
      for (const pair of this.#pairs) pair[end].pause();
    }
  }

  /** Passes on what was held back, and all that follows. */
  resume(): void {
    this.#stalled.clear();
    for (const pair of this.#pairs) for (const end of [pair.client, pair.server]) end.resume();
  }

  /** Refuses new connections, as a server that is down. Those that are there stay. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    // n.b. it has ended only when its connections have; it refuses as soon as it is asked to end.
    server?.close();
  }

  /** Accepts connections again, on the same port. */
  async accept(): Promise<void> {
    const server = createServer((client) => this.#join(client));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    await this.refuse();
    this.reset();
  }

  #join(client: Socket): void {
    const server = connect({
      host: this.#target.hostname,
      port: Number(this.#target.port || 5672),
      noDelay: true,
    });
    const pair = { client, server };
    client.setNoDelay(true);
    this.#pairs.add(pair);
    this.#forward(pair, "client", "server");
    this.#forward(pair, "server", "client");
  }

  #forward(pair: Pair, from: End, to: End): void {
    const [source, sink] = [pair[from], pair[to]];
    source.on("data", (bytes) => {
      this.#spring(bytes, from);
      if (sink.destroyed) return;
      if (from === "client") this.#rewrite(bytes);
      if (!sink.write(bytes)) source.pause();
    });
    sink.on("drain", () => this.#stalled.has(from) || source.resume());
    source.on("end", () => sink.end());
    source.on("error", () => this.#reset(pair));
    source.on("close", () => this.#pairs.delete(pair));
    if (this.#stalled.has(from)) source.pause();
  }

  #rewrite(bytes: Buffer): void {
    const at = this.#replacement === null ? -1 : bytes.indexOf(this.#replacement.text);
    if (at >= 0) this.#replacement?.by.copy(bytes, at);
  }

  #trap(text: string, from: End, spring: () => void): Promise<void> {
    return new Promise((sprung) => this.#traps.add({ text, from, spring, sprung }));
  }

  #spring(bytes: Buffer, from: End): void {
    for (const trap of this.#traps) {
      if (trap.from !== from || !bytes.includes(trap.text)) continue;
      this.#traps.delete(trap);
      trap.spring();
      trap.sprung();
    }
  }

  #reset(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.destroy();
  }
}

type Pair = Readonly<Record<End, Socket>>;

interface Trap {
  readonly text: string;
  readonly from: End;
  readonly spring: () => void;
  readonly sprung: () => void;
}
