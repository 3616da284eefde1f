import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, isIP } from 'node:net';
import { createServer } from 'node:tls';
import { generate } from 'selfsigned';

/** A certificate made for one test, signed by itself. */
export interface TestCertificate {
  key: string;
  cert: string;
}

export async function certificateFor(
  names: readonly string[],
  from: string,
  to: string,
): Promise<TestCertificate> {
  const altNames = names.map((value) =>
    isIP(value) === 0 ? { type: 2 as const, value } : { type: 7 as const, ip: value },
  );
  const made = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(from),
    notAfterDate: new Date(to),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** A TLS server that shows a certificate and says nothing. */
export async function serveTls(
  certificate: TestCertificate,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer(certificate, (socket) => socket.on('error', () => socket.destroy()));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}

type Zone = Record<string, string[]>;

/** A name server for A records over UDP: what the zone doesn't know does not exist. */
export async function serveNames(
  zone: Zone,
): Promise<{ server: string; zone: Zone; ttls: Record<string, number>; stop(): Promise<void> }> {
  const socket = createSocket('udp4');
  /** In seconds, by name; 1 where none is given. */
  const ttls: Record<string, number> = {};
  socket.on('message', (query, from) => socket.send(answer(query, zone, ttls), from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    zone,
    ttls,
    async stop() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

const type = { A: 1 };

/** A reply as RFC 1035 has it: the question again, then an A record for each address. */
function answer(query: Buffer, zone: Zone, ttls: Record<string, number>): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length));
    at += length + 1;
  }
  const end = at + 5;
  const asksForAddress = query.readUInt16BE(at + 1) === type.A;
  const name = labels.join('.').toLowerCase();
  const known = zone[name];
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(ttls[name] ?? 1);
  const addresses = asksForAddress ? (known ?? []) : [];
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, ...ttl, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}
