import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { certificateFor } from "./sigstore/certificates.ts";

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** The certificate that clients have to trust, as PEM. */
  readonly authority: string;
}

/** TLS under a name, in front of a plain server on loopback. */
export async function startTlsFront(name: string, behind: number): Promise<TlsFront> {
  const { cert, key } = await certificateFor([name]);
  const server = createServer({ cert, key }, (incoming, answer) => {
    const { method = "GET", url = "/", headers } = incoming;
    const onward = request({ host: "127.0.0.1", port: behind, method, path: url, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    authority: cert,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
