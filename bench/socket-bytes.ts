import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

const sockets = new Set<{ readonly socket: Socket; port: number | undefined }>();

// n.b. Before anything connects: a socket is told of once.
subscribe("net.client.socket", (message) => {
  const { socket } = message as { readonly socket: Socket };
  const kept = { socket, port: socket.remotePort };
  socket.once("connect", () => (kept.port = socket.remotePort));
  sockets.add(kept);
});

/** Bytes that this process has written so far, by the port of the server they went to. */
export function bytesWritten(): Record<string, number> {
  const bytes: Record<string, number> = {};
  for (const { socket, port } of sockets) {
    const name = String(port ?? 0);
    bytes[name] = (bytes[name] ?? 0) + socket.bytesWritten;
  }
  return bytes;
}
