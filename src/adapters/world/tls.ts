import { isIP } from 'node:net';
import {
  type PeerCertificate as Certificate,
  checkServerIdentity,
  connect,
  rootCertificates,
  type TLSSocket,
} from 'node:tls';
import type { PeerCertificate, TlsProbe } from '../../ports/world.ts';

/** Reads the certificate that a server shows, whether it is to be trusted or not. Nothing but the handshake is sent. */
export function tlsProbe(): TlsProbe {
  return {
    certificate(host, port, signal, options = {}) {
      const servername = options.servername ?? (isIP(host) === 0 ? host : undefined);
      const ca = options.ca === undefined ? undefined : [...rootCertificates, options.ca];
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const socket = connect({
          host,
          port,
          rejectUnauthorized: false,
          ...(servername === undefined ? {} : { servername }),
          ...(ca === undefined ? {} : { ca }),
        });
        const stop = () =>
          socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        signal.addEventListener('abort', stop, { once: true });
        socket.once('secureConnect', () => {
          resolve(described(socket, servername ?? host));
          socket.destroy();
        });
        socket.once('error', (cause) => {
          reject(signal.aborted ? signal.reason : failure(host, port, cause));
        });
        socket.once('close', () => {
          signal.removeEventListener('abort', stop);
          reject(failure(host, port, new Error('the server closed the connection')));
        });
      });
    },
  };
}

function failure(host: string, port: number, cause: Error): Error {
  const code = 'code' in cause ? ` (${String(cause.code)})` : '';
  return new Error(`No TLS connection to ${host}:${port}: ${cause.message}${code}`, { cause });
}

function described(socket: TLSSocket, name: string): PeerCertificate {
  const certificate = socket.getPeerCertificate();
  return {
    subject: nameIn(certificate.subject),
    altNames: altNames(certificate.subjectaltname),
    issuer: nameIn(certificate.issuer),
    validFrom: new Date(certificate.valid_from).toISOString(),
    validTo: new Date(certificate.valid_to).toISOString(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    trusted: trust(socket, certificate, name),
  };
}

function trust(socket: TLSSocket, certificate: Certificate, name: string): PeerCertificate['trusted'] {
  if (!socket.authorized) return { reason: String(socket.authorizationError ?? 'the chain does not hold') };
  const wrongName = checkServerIdentity(name, certificate);
  return wrongName === undefined ? true : { reason: wrongName.message };
}

function nameIn(fields: Certificate['subject'] | undefined): string {
  const name = fields?.CN ?? fields?.O;
  return Array.isArray(name) ? name.join(', ') : (name ?? '');
}

function altNames(text: string | undefined): string[] {
  return (text ?? '')
    .split(', ')
    .filter((entry) => entry !== '')
    .map((entry) => entry.replace(/^(DNS|IP Address|URI|email):/, ''));
}
