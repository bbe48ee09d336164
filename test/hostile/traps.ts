import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { join } from "node:path";

/** Listeners on loopback, TCP, UDP and a socket in the file system, that count whoever reaches them. */
export interface NetworkTrap {
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly socketPath: string;
  readonly contacts: readonly string[];
  close(): Promise<void>;
}

function listen(server: Server, where: number | string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    if (typeof where === "number") server.listen(where, "127.0.0.1", resolve);
    else server.listen(where, resolve);
  });
}

export async function setNetworkTrap(directory: string): Promise<NetworkTrap> {
  const contacts: string[] = [];
  const counting = (kind: string): Server =>
    createServer((socket) => {
      contacts.push(kind);
      socket.on("error", () => {});
      socket.end("HTTP/1.0 200 OK\r\n\r\nREACHED\n");
    });
  const tcp = counting("tcp");
  const unix = counting("unix");
  const udp = createSocket("udp4");
  udp.on("message", () => contacts.push("udp"));
  const socketPath = join(directory, "trap.sock");
  await listen(tcp, 0);
  await listen(unix, socketPath);
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  return {
    tcpPort: (tcp.address() as { port: number }).port,
    udpPort: udp.address().port,
    socketPath,
    contacts,
    close: async () => {
      await Promise.all([tcp, unix].map((server) => new Promise((resolve) => server.close(resolve))));
      await new Promise<void>((resolve) => udp.close(resolve));
    },
  };
}
