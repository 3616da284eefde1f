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

const reasons = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its chain ends in an authority that is not trusted here'],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'the server does not send the chain to an authority that is trusted here',
  ],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its authority is not known here'],
  ['CERT_HAS_EXPIRED', 'it, or a certificate above it, has expired'],
  ['CERT_NOT_YET_VALID', 'it, or a certificate above it, is not valid yet'],
]);

function trust(socket: TLSSocket, certificate: Certificate, name: string): PeerCertificate['trusted'] {
  const wrongName = checkServerIdentity(name, certificate);
  if (wrongName !== undefined) return { reason: wrongName.message };
  if (socket.authorized) return true;
  const code = String(socket.authorizationError ?? 'its chain does not hold');
  return { reason: reasons.get(code) ?? code };
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
