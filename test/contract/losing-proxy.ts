import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** What becomes of an answer: its connection is cut, or it just does not come. */
export type Loss = "cut" | "silent";

/** Stands between a client and a MongoDB, and loses answers. */
export class LosingProxy {
  readonly #server: { readonly hostname: string; readonly port: number };
  readonly #listener = createServer((client) => this.#relay(client));
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #command = "";
  #left = 0;
  #lost = 0;
  #loss: Loss = "cut";

  constructor(url: string) {
    const { hostname, port } = new URL(url.replace("mongodb:", "http:"));
    this.#server = { hostname, port: Number(port || 27_017) };
  }

  /** Answers that were lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** Starts, or starts again on the same port. */
  async start(): Promise<void> {
    this.#listener.listen(this.#port, "127.0.0.1");
    await once(this.#listener, "listening");
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  /** Cuts all connections and takes no more. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** A server's URL, by way of this. */
  through(url: string): string {
    const there = new URL(url.replace("mongodb:", "http:"));
    [there.hostname, there.port] = ["127.0.0.1", String(this.#port)];
    there.searchParams.set("directConnection", "true");
    return there.href.replace("http:", "mongodb:");
  }

  /** Does not hand on the answers to the next so many calls of this command. */
  lose(command: string, times: number, loss: Loss = "cut"): void {
    [this.#command, this.#left, this.#loss] = [command, times, loss];
  }

  #relay(client: Socket): void {
    const server = connect(this.#server.port, this.#server.hostname);
    let isDoomed = false;
    const end = (): void => {
      for (const socket of [client, server]) this.#sockets.delete(socket.destroy());
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", end).on("close", end);
    }
    client.on("data", (request: Buffer) => {
      isDoomed ||= this.#left > 0 && request.includes(`${this.#command}\0`);
      server.write(request);
    });
    server.on("data", (answer: Buffer) => {
      if (!isDoomed) return void client.write(answer);
      this.#left -= 1;
      this.#lost += 1;
      if (this.#loss === "cut") end();
    });
  }
}
