import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { DnsState, ResourceRecordSet } from './resource.ts';

/** The numbers of record types and codes: https://www.rfc-editor.org/rfc/rfc1035#section-3.2.2 */
const types: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  16: 'TXT',
  28: 'AAAA',
};
const numbers = new Map(Object.entries(types).map(([number, name]) => [name, Number(number)]));
const code = { none: 0, format: 1, noName: 3, refused: 5 } as const;
/** An answer by an authority (AA), to a question that keeps its wish for recursion. */
const response = 0x8400;

function encodedName(name: string): Buffer {
  const labels = name.replace(/\.$/, '').split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
    Buffer.of(0),
  ]);
}

function encodedAddress(value: string): Buffer {
  if (!value.includes(':')) return Buffer.from(value.split('.').map(Number));
  const [head = '', tail] = value.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function encodedData(type: string, value: string): Buffer {
  if (type === 'A' || type === 'AAAA') return encodedAddress(value);
  if (type === 'TXT') {
    const text = Buffer.from(value.replace(/^"|"$/g, '')).subarray(0, 255);
    return Buffer.concat([Buffer.of(text.length), text]);
  }
  if (type !== 'SOA') return encodedName(value);
  const [server = '', contact = '', ...times] = value.split(' ');
  const counted = Buffer.alloc(20);
  for (const [index, time] of times.entries()) counted.writeUInt32BE(Number(time), index * 4);
  return Buffer.concat([encodedName(server), encodedName(contact), counted]);
}

function encodedRecords({ name, type, ttl, rrdatas }: ResourceRecordSet): Buffer[] {
  return rrdatas.map((value) => {
    const data = encodedData(type, value);
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(numbers.get(type) ?? 0, 0);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt32BE(ttl, 4);
    fixed.writeUInt16BE(data.length, 8);
    return Buffer.concat([encodedName(name), fixed, data]);
  });
}

/** The question of a query: its name in small letters with its last dot, its type, and its bytes. */
function questionOf(query: Buffer): { name: string; type: string; bytes: Buffer } | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]; length !== 0; length = query[at]) {
    if (length === undefined || length > 63 || at + length >= query.length) return undefined;
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  if (at + 5 > query.length) return undefined;
  const type = types[query.readUInt16BE(at + 1)] ?? 'other';
  return { name: `${labels.join('.')}.`, type, bytes: query.subarray(12, at + 5) };
}

function replyTo(query: Buffer, status: number, question: Buffer, answers: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(response | (query.readUInt16BE(2) & 0x0100) | status, 2);
  header.writeUInt16BE(question.length > 0 ? 1 : 0, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question, ...answers]);
}

/** The answer of an authoritative name server of all zones; undefined for what is no query. */
export function answerTo({ zones }: DnsState, query: Buffer): Buffer | undefined {
  if (query.length < 12 || (query.readUInt16BE(2) & 0x8000) !== 0) return undefined;
  const question = questionOf(query);
  if (question === undefined) return replyTo(query, code.format, Buffer.alloc(0), []);
  const { name, type, bytes } = question;
  const zone = Object.values(zones).find(({ dnsName }) => name === dnsName || name.endsWith(`.${dnsName}`));
  if (zone === undefined) return replyTo(query, code.refused, bytes, []);
  const ofName = zone.published.filter((set) => set.name.toLowerCase() === name);
  const found = ofName.filter((set) => set.type === type || set.type === 'CNAME');
  return replyTo(query, ofName.length === 0 ? code.noName : code.none, bytes, found.flatMap(encodedRecords));
}

/**
 * Answers DNS over UDP on this machine, as the zones' name servers do; `look` is called before each answer. Gives what
 * stops it.
 */
export async function serveDns(state: DnsState, port: number, look: () => void): Promise<() => void> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port: from }) => {
    look();
    const answer = answerTo(state, query);
    if (answer !== undefined) socket.send(answer, from, address);
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return () => void socket.close();
}
