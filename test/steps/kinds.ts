import type { Connection } from '../../src/core/rollout/plan.ts';
import { newImage } from '../google/double.ts';
import type { ContextOptions } from '../support/step-context.ts';
import type { Place } from './place.ts';

/** What the contract is tried with, for one kind. */
export interface Row {
  /** What a playbook may give. The first one is also run to its end. */
  good(place: Place): Record<string, unknown>[];
  /** What is refused when the playbook is loaded. */
  bad: unknown[];
  /** An input with which the step is at work until it is aborted; absent: it never waits for anything. */
  busy?(place: Place): Record<string, unknown>;
  /** An input that changes the place; needed where the kind observes. */
  changes?(place: Place): Record<string, unknown>;
  /** Its effect is followed by waiting: it doesn't succeed at once, and is found as begun. */
  begins?: true;
  options?: Omit<ContextOptions, 'connections'>;
  /** The connections of its environment, to servers of the place. */
  connections?(place: Place): Record<string, Connection>;
  /** It needs more than a place to end: its own test runs it. */
  endless?: true;
  /** It acts on a cluster: `test/integration/kubernetes` runs it to its end and crashes it. */
  onCluster?: true;
}

/** Stands in headers, and may be read by nobody. */
export const secret = 'Bearer c0ntract-s3cret';
const headers = { authorization: secret };
const archive = () => ({ archive: { kind: 'folder' } });
const topic = 'projects/sapphire/topics/alerts';
const firstRevision = 'api-00001-abc';
const google = ({ google: { connection }, silent }: Place) => ({
  google: connection,
  silent: { ...connection, endpoint: `http://${silent}` },
});
const soak = {
  provider: 'scrape',
  interval: '2s',
  cycles: 1,
  series: { safe: { gauge: 'safe_mode' } },
  success: 'safe < 1',
};

const spikes = {
  ...{ connection: 'google', title: 'Spikes', above: 1 },
  filter: 'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"',
};

const counted = { connection: 'google', name: 'errors', filter: 'severity>=ERROR' };

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } };
const onCluster = { connection: 'cluster' };
const release = { connection: 'cluster', release: 'aether', namespace: 'aether-green' };
const inNamespace = { connection: 'cluster', namespace: 'aether-green' };
const captured = {
  ...{ release: 'aether', namespace: 'aether-green', revision: 4, chart: 'aether-0.4.0' },
  ...{ values: `sha256:${'0'.repeat(64)}`, manifest: `sha256:${'1'.repeat(64)}` },
};

const zone = { kind: 'linode-dns', zone: 'aether.example', token: '${{ secrets.LINODE }}' };
const record = { name: 'api.aether.example', type: 'A', values: ['10.2.0.9'] };
const flip = { connection: 'dns', records: [record] };

const repository = { kind: 'github', repository: 'aether/platform', token: '${{ secrets.GITHUB }}' };
const ci = { connection: 'github', workflow: 'ci.yaml', ref: 'main', mark: 'cutover' };

export const rows: Record<string, Row> = {
  announce: { good: () => [{ text: 'Traffic is on green' }], bad: [{}, { text: 1 }] },
  approval: {
    good: () => [{ roles: ['release-manager'] }, { roles: ['a', 'b'], quorum: 2, expires: '2h' }],
    bad: [{}, { roles: 'release-manager' }, { roles: ['a'], quorum: 1.5 }],
  },
  'artifact.archive': {
    good: ({ server }) => [
      { connection: 'archive', items: [{ name: 'page.json', from: { url: server.url } }] },
    ],
    bad: [{}, { connection: 'archive', items: [{ name: '../x', from: { text: '' } }] }],
    busy: ({ silent }) => ({
      connection: 'archive',
      items: [{ name: 'page', from: { url: `http://${silent}/` } }],
    }),
    connections: archive,
  },
  'certificate.active': {
    good: () => [{ connection: 'google', certificate: 'aster-cert' }],
    bad: [{ connection: 'google' }, { connection: 'google', certificate: 'Aster' }],
    busy: () => ({ connection: 'silent', certificate: 'aster-cert' }),
    connections: google,
  },
  'certificate.attach': {
    good: () => [
      { connection: 'google', proxy: 'front', certificates: ['sapphire-cert'] },
      { connection: 'google', restore: { proxy: 'front', certificates: ['aster-cert'] } },
    ],
    bad: [
      { connection: 'google', proxy: 'front', certificates: [] },
      { connection: 'google', proxy: 'front', certificates: ['a', 'a'] },
    ],
    busy: () => ({ connection: 'silent', proxy: 'front', certificates: ['sapphire-cert'] }),
    changes: () => ({ connection: 'google', proxy: 'front', certificates: ['sapphire-cert'] }),
    connections: google,
  },
  'cloudrun.deploy': {
    good: () => [
      { connection: 'google', service: 'api', image: newImage, tag: 'next' },
      { connection: 'google', service: 'api', image: newImage, env: { LEVEL: 'debug' } },
    ],
    bad: [
      { connection: 'google', service: 'api', image: 'api:latest' },
      { connection: 'google', service: 'Api', image: newImage },
    ],
    busy: () => ({ connection: 'silent', service: 'api', image: newImage }),
    changes: () => ({ connection: 'google', service: 'api', image: newImage, tag: 'next' }),
    connections: google,
  },
  'cloudrun.ingress': {
    good: () => [
      { connection: 'google', service: 'api', ingress: 'internal-and-cloud-load-balancing' },
      { connection: 'google', restore: { service: 'api', ingress: 'all' } },
    ],
    bad: [
      { connection: 'google', service: 'api', ingress: 'INGRESS_TRAFFIC_ALL' },
      { connection: 'google', service: 'api', ingress: 'all', restore: null },
    ],
    busy: () => ({ connection: 'silent', service: 'api', ingress: 'internal' }),
    changes: () => ({ connection: 'google', service: 'api', ingress: 'internal' }),
    connections: google,
  },
  'cloudrun.traffic': {
    good: () => [
      { connection: 'google', service: 'api', split: [{ revision: firstRevision, percent: 100 }] },
      { connection: 'google', restore: null },
    ],
    bad: [
      { connection: 'google', service: 'api', split: [{ revision: firstRevision, percent: 90 }] },
      {
        connection: 'google',
        service: 'api',
        split: [
          { revision: firstRevision, percent: 50 },
          { revision: firstRevision, percent: 50 },
        ],
      },
    ],
    busy: () => ({
      connection: 'silent',
      service: 'api',
      split: [{ revision: firstRevision, percent: 100 }],
    }),
    changes: () => ({
      connection: 'google',
      restore: { service: 'api', traffic: [{ revision: firstRevision, percent: 100 }] },
    }),
    connections: google,
  },
  command: {
    good: () => [{ argv: [process.execPath, '-e', 'console.log("812 passed")'], env: { TOKEN: secret } }],
    bad: [{}, { argv: 'ls' }, { argv: ['x'], env: { NODE_OPTIONS: '--require x' } }],
    busy: ({ silentPort }) => ({
      argv: [
        process.execPath,
        '-e',
        `require('net').connect(${silentPort}, '127.0.0.1'); setInterval(() => {}, 1000)`,
      ],
    }),
  },
  'contract.compare': {
    good: () => [
      { connection: 'archive', archived: 'archive-contract' },
      { connection: 'archive', archived: 'archive-contract', item: 'api.json', breaking: 'fail' },
    ],
    bad: [{ connection: 'archive' }, { connection: 'archive', archived: 'a', breaking: 'ignore' }],
    connections: archive,
    endless: true,
  },
  'dns.check': {
    good: () => [
      { name: 'localhost', values: ['127.0.0.1'], servers: ['127.0.0.1:1'], quorum: 1, within: '1m' },
    ],
    bad: [{ name: 'x' }, { name: 'x', type: 'ANY', values: ['1'] }],
    busy: ({ silent }) => ({ name: 'api.example.test', values: ['10.0.0.1'], servers: [silent] }),
  },
  'dns.switch': {
    good: () => [
      { ...flip, servers: ['127.0.0.1:1'] },
      { connection: 'dns', restore: { records: [{ ...record, ttl: 300 }] } },
    ],
    bad: [{ connection: 'dns' }, { connection: 'dns', records: [{ name: 'api', values: ['x'] }] }],
    busy: () => ({ ...flip, connection: 'silent' }),
    changes: () => ({ ...flip, servers: ['127.0.0.1:1'] }),
    begins: true,
    connections: ({ linode, silent }) => ({
      dns: { ...zone, endpoint: linode.url },
      silent: { ...zone, endpoint: `http://${silent}` },
    }),
  },
  'github.workflow': {
    good: () => [ci, { connection: 'github', cancel: 'ci' }],
    bad: [{ connection: 'github' }, { connection: 'github', workflow: 'ci.yaml', ref: 'main', cancel: 'ci' }],
    busy: () => ({ ...ci, connection: 'silent' }),
    changes: () => ci,
    begins: true,
    connections: ({ github, silent }) => ({
      github: { ...repository, api: github.url },
      silent: { ...repository, api: `http://${silent}` },
    }),
  },
  'headers.compare': {
    good: ({ server }) => [{ before: server.url, after: server.url, headers: ['X-Frame-Options'] }],
    bad: [
      { before: 'x', after: 'http://x/', headers: ['a'] },
      { before: 'http://x/', after: 'http://x/', headers: [] },
    ],
    busy: ({ server, silent }) => ({ before: server.url, after: `http://${silent}/`, headers: ['a'] }),
  },
  'helm.rollback': {
    good: () => [{ connection: 'cluster', restore: captured }],
    bad: [{}, { connection: 'cluster', restore: { ...captured, revision: 'latest' } }],
    onCluster: true,
  },
  'helm.upgrade': {
    good: () => [
      { ...release, chart: 'test/charts/aether', values: { token: secret } },
      { ...release, chart: 'oci://registry.example.test/charts/aether', version: '0.4.0' },
    ],
    bad: [
      release,
      { ...release, chart: '--kubeconfig=/etc/kubernetes/admin.conf' },
      { ...release, chart: '../elsewhere' },
      { ...release, chart: 'oci://registry.example.test/charts/aether' },
      { ...release, release: '-x', chart: 'test/charts/aether' },
    ],
    onCluster: true,
  },
  'http.check': {
    good: ({ server }) => [{ url: server.url, headers, expect: 'body.api == "blue"' }],
    bad: [{ url: 'x' }, { url: 'http://x/', expect: '1 +' }, { url: 'http://x/', within: 5 }],
    busy: ({ silent }) => ({ url: `http://${silent}/` }),
  },
  'http.request': {
    good: ({ server }) => [
      { method: 'PUT', url: server.url, headers, json: { api: 'green' }, read: { url: server.url } },
      { method: 'DELETE', url: server.url, expect: { status: [200, 404], body: 'body.ok' } },
    ],
    bad: [{ url: 'http://x/' }, { method: 'PUT', url: 'file:///etc/passwd' }],
    busy: ({ silent }) => ({ method: 'POST', url: `http://${silent}/`, json: {} }),
    changes: ({ server }) => ({
      method: 'PUT',
      url: server.url,
      json: { api: 'green' },
      read: { url: server.url },
    }),
  },
  'image.exists': {
    good: () => [{ connection: 'registry', repository: 'aether/platform', tag: 'v2.4.0' }],
    bad: [
      { connection: 'a', repository: 'x:y', tag: 'v1' },
      { connection: 'a', repository: 'X', tag: 'v1' },
    ],
    busy: () => ({ connection: 'silent', repository: 'aether/platform', tag: 'v2.4.0' }),
    connections: ({ registry, silent }) => ({
      registry: { kind: 'oci', registry: registry.url },
      silent: { kind: 'oci', registry: `http://${silent}` },
    }),
  },
  'image.promoted': {
    good: () => [
      { from: 'sandbox', images: { trader: newImage } },
      { from: 'staging', images: { trader: newImage.slice(-71) } },
    ],
    bad: [
      { from: 'staging', images: {} },
      { from: 'staging', images: { trader: 'trader:latest' } },
      { from: 'staging', images: { 'a b': newImage } },
    ],
  },
  'kubernetes.apply': {
    good: () => [
      { ...onCluster, namespace: 'aether', objects: [configMap] },
      { ...onCluster, namespace: 'aether', files: ['deploy/extra.yaml'] },
      { restore: null },
    ],
    bad: [
      { ...onCluster, namespace: 'aether' },
      { ...onCluster, namespace: 'aether', objects: [{ ...configMap, kind: 'Secret' }] },
      { ...onCluster, namespace: 'aether', files: ['../.env'] },
    ],
    onCluster: true,
  },
  'kubernetes.copy': {
    good: () => [{ ...onCluster, from: 'aether-blue', to: 'aether-green', secrets: ['account-keys'] }],
    bad: [
      { ...onCluster, from: 'aether-blue', to: 'aether-green' },
      { ...onCluster, from: 'aether-blue', to: 'aether-blue', configMaps: ['safe-mode'] },
    ],
    onCluster: true,
  },
  'kubernetes.env': {
    good: () => [
      { ...onCluster, namespace: 'aether', variables: ['OTEL_EXPORTER_OTLP_ENDPOINT'] },
      { ...onCluster, namespace: 'aether', variables: { PROMETHEUS_EXPORTER_PORT: '9464' }, set: true },
    ],
    bad: [
      { ...onCluster, namespace: 'aether', variables: [] },
      { ...onCluster, namespace: 'aether', variables: ['A'], set: true },
    ],
    onCluster: true,
  },
  'kubernetes.namespace': {
    good: () => [{ ...onCluster, name: 'aether-green', labels: { team: 'trading' } }],
    bad: [onCluster, { ...onCluster, name: 'Aether Green' }],
    onCluster: true,
  },
  'kubernetes.ready': {
    good: () => [{ ...onCluster, namespace: 'aether', selector: { app: 'trader' }, within: '10m' }],
    bad: [onCluster, { ...onCluster, namespace: 'aether', kinds: ['Pod'] }],
    onCluster: true,
  },
  'kubernetes.secrets': {
    good: () => [{ ...onCluster, namespace: 'aether', secrets: { company: ['API_KEY'], director: [] } }],
    bad: [
      { ...onCluster, namespace: 'aether', secrets: {} },
      { ...onCluster, secrets: { company: [] } },
    ],
    onCluster: true,
  },
  'kubernetes.switch': {
    good: () => [
      { ...onCluster, namespace: 'aether', service: 'api', selector: { colour: 'green' } },
      {
        ...onCluster,
        hosts: ['api.example.test'],
        from: { namespace: 'aether-blue', ingress: 'web' },
        to: { namespace: 'aether-green', ingress: 'web' },
      },
      {
        ...onCluster,
        namespace: 'aether',
        ingress: 'web',
        hosts: ['api.example.test'],
        backend: { service: 'gateway-green', port: 80 },
      },
      { restore: null },
    ],
    bad: [
      { ...onCluster, namespace: 'aether', service: 'api', selector: {} },
      { ...onCluster, namespace: '../kube-system', service: 'api', selector: { colour: 'green' } },
      { ...onCluster, namespace: 'aether', ingress: 'web', hosts: [], backend: { service: 'x' } },
      { restore: { connection: 'cluster' } },
    ],
    onCluster: true,
  },
  'kubernetes.job': {
    good: () => [
      {
        ...inNamespace,
        image: 'aether:v2.4.0',
        command: ['python', 'ops/migrate.py'],
        env: { ACCOUNT: 'company' },
      },
      { ...inNamespace, file: 'ops/migrate.yaml', deadline: '5m', retries: 2 },
    ],
    bad: [
      inNamespace,
      { ...inNamespace, image: 'a', file: 'b.yaml', template: {} },
      { ...inNamespace, image: 'a', env: { 'not a name': '1' } },
      { ...inNamespace, file: '/etc/job.yaml' },
    ],
    onCluster: true,
  },
  'logging.entries': {
    good: () => [
      { connection: 'google', filter: 'severity>=INFO' },
      { connection: 'google', filter: 'x="y"', structured: false, last: '1h', atLeast: 3, within: '5m' },
    ],
    bad: [
      { connection: 'google' },
      { connection: 'google', filter: '' },
      { connection: 'google', filter: 'a', atLeast: 0 },
    ],
    busy: () => ({ connection: 'silent', filter: 'severity>=INFO' }),
    connections: google,
  },
  'logging.metric': {
    good: () => [
      { ...counted },
      { ...counted, labels: { class: 'REGEXP_EXTRACT(jsonPayload.status, "^([45])")' } },
    ],
    bad: [
      { connection: 'google', name: 'errors' },
      { ...counted, name: '/errors' },
      { ...counted, labels: { Class: 'EXTRACT(severity)' } },
      { ...counted, labels: { class: 'severity' } },
    ],
    busy: () => ({ ...counted, connection: 'silent' }),
    changes: () => counted,
    connections: google,
  },
  'logging.retention': {
    good: () => [
      { connection: 'google', days: 90 },
      { connection: 'google', restore: { bucket: '_Default', location: 'global', days: 30 } },
    ],
    bad: [{ connection: 'google' }, { connection: 'google', days: 0 }],
    busy: () => ({ connection: 'silent', days: 90 }),
    changes: () => ({ connection: 'google', days: 90 }),
    connections: google,
  },
  manual: {
    good: ({ server }) => [
      { roles: ['operator'], instructions: 'Rotate the key', probe: { url: server.url, headers } },
    ],
    bad: [{ roles: ['operator'] }, { roles: [], instructions: 'x' }],
  },
  monitor: {
    good: ({ server }) => [{ ...soak, urls: [server.url] }],
    bad: [
      { ...soak, urls: [] },
      { ...soak, urls: ['http://x/'], success: 'saef < 1' },
    ],
    busy: ({ silent }) => ({ ...soak, urls: [`http://${silent}/metrics`] }),
  },
  'monitoring.logalert': {
    good: () => [
      { connection: 'google', title: 'Errors', filter: 'severity>=ERROR', topic },
      {
        connection: 'google',
        title: 'Errors',
        filter: 'x',
        topic,
        labels: { severity: 'page' },
        every: '1h',
      },
    ],
    bad: [
      { connection: 'google', title: 'Errors', filter: 'severity>=ERROR' },
      { connection: 'google', title: 'Errors', filter: 'x', topic, labels: { cutover: 'x' } },
    ],
    busy: () => ({ connection: 'silent', title: 'Errors', filter: 'severity>=ERROR', topic }),
    changes: ({ google: { madeChannel } }) => ({
      connection: 'google',
      title: 'Errors',
      filter: 'severity>=ERROR',
      channels: [madeChannel],
    }),
    connections: google,
  },
  'monitoring.threshold': {
    good: () => [
      { ...spikes, topic },
      { ...spikes, topic, ratioTo: spikes.filter, measure: 'count', over: '5m', lasting: '10m' },
      { ...spikes, topic, above: undefined, below: 0.5, groupBy: ['resource.label.service_name'] },
    ],
    bad: [
      spikes,
      { ...spikes, topic, below: 1 },
      { ...spikes, topic, filter: 'metric.type="run.googleapis.com/request_count"' },
      { ...spikes, topic, over: '90s' },
      { ...spikes, topic, lasting: '30s' },
    ],
    busy: () => ({ ...spikes, connection: 'silent', topic }),
    changes: ({ google: { madeChannel } }) => ({ ...spikes, channels: [madeChannel] }),
    connections: google,
  },
  'monitoring.uptime': {
    good: () => [{ connection: 'google', hosts: ['api.sapphire.test', 'trader.sapphire.test'] }],
    bad: [
      { connection: 'google', hosts: [] },
      { connection: 'google', hosts: ['https://x'], path: 'x' },
    ],
    busy: () => ({ connection: 'silent', hosts: ['api.sapphire.test'] }),
    changes: () => ({ connection: 'google', hosts: ['api.sapphire.test'] }),
    connections: google,
  },
  reminder: {
    good: () => [
      { text: 'Rotate the key', role: 'security', after: '7d' },
      {
        text: 'Rotate the key',
        owner: 'bob',
        after: '5d',
        at: '10:00',
        escalate: { after: '1d', roles: ['a'] },
      },
      { text: 'Rotate the key', owner: 'bob', due: '2026-12-01 10:00', stays: true },
    ],
    bad: [
      { text: 'x', after: '7d' },
      { text: 'x', role: 'a', after: 'soon' },
    ],
  },
  report: {
    good: () => [{ connection: 'archive' }],
    bad: [{}, { path: '../../etc/x.md' }],
    connections: archive,
    endless: true,
  },
  'secrets.snapshot': {
    good: () => [{ connection: 'google', secrets: ['aster-key', 'telegram-token'] }],
    bad: [
      { connection: 'google', secrets: [] },
      { connection: 'google', secrets: ['a/b'] },
    ],
    busy: () => ({ connection: 'silent', secrets: ['aster-key'] }),
    connections: google,
  },
  snapshot: {
    good: ({ server }) => [{ services: { api: { health: server.url } } }],
    bad: [{}, { services: {} }],
    busy: ({ silent }) => ({ services: { api: { health: `http://${silent}/` } } }),
  },
  'tls.check': {
    good: ({ server }) => [{ host: 'localhost', port: server.port, minDays: 30, names: ['localhost'] }],
    bad: [{}, { host: 'x', port: 0 }, { host: 'x', minDays: -1 }],
    busy: ({ silentPort }) => ({ host: '127.0.0.1', port: silentPort }),
  },
  'traces.check': {
    good: () => [{ connection: 'traces', services: ['trader'], last: '5m' }],
    bad: [
      { connection: 'traces', services: ['trader'] },
      { connection: 'traces', services: [], for: '5m' },
    ],
    busy: () => ({ connection: 'silent', services: ['trader'], last: '5m' }),
    connections: ({ server, silent }) => ({
      traces: { kind: 'tempo', url: server.url },
      silent: { kind: 'jaeger', url: `http://${silent}` },
    }),
  },
  wait: { good: () => [{ for: '15m' }, { until: '2026-11-21T13:00:00Z' }], bad: [{}, { for: '15' }] },
  'websocket.check': {
    good: ({ server }) => [{ url: server.url.replace('http', 'ws'), headers, expect: 'json.price > 0' }],
    bad: [{ url: 'http://x/' }, { url: 'ws://x/', messages: 0 }],
    busy: ({ silent }) => ({ url: `ws://${silent}/feed` }),
  },
};
