import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { addressesOf, servicesOf, withBackend, withHostsMoved } from '../../src/steps/kubernetes/ingress.ts';

const rule = (host: string, name: string, path = '/'): Json => ({
  host,
  http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] },
});
const side = (called: string, rules: Json[], tls: Json = null) => ({
  called,
  fields: { 'spec.rules': rules, 'spec.tls': tls },
});

describe('hosts that move', () => {
  const tls = [{ hosts: ['api.test', 'own.test'], secretName: 'public' }];
  const from = side('blue', [rule('own.test', 'g'), rule('api.test', 'g', '/v1')], tls);
  const to = side('green', [rule('green.test', 'h')]);

  test('take their paths and certificate along', () => {
    const moved = withHostsMoved(from, to, { hosts: ['api.test'], like: {} });
    expect(moved.from).toEqual({
      'spec.rules': [rule('own.test', 'g')],
      'spec.tls': [{ hosts: ['own.test'], secretName: 'public' }],
    });
    expect(moved.to).toEqual({
      'spec.rules': [rule('green.test', 'h'), rule('api.test', 'g', '/v1')],
      'spec.tls': [{ hosts: ['api.test'], secretName: 'public' }],
    });
  });

  test('or get the paths of a host that the new side serves already', () => {
    const like = { 'api.test': 'green.test' };
    const moved = withHostsMoved(from, to, { hosts: ['api.test'], like, tlsSecret: 'green' });
    expect(moved.to).toEqual({
      'spec.rules': [rule('green.test', 'h'), rule('api.test', 'h')],
      'spec.tls': [{ hosts: ['api.test'], secretName: 'green' }],
    });
  });

  test('the last one leaves a rule that nobody can ask for, and it goes when hosts come again', () => {
    const alone = side('blue', [rule('api.test', 'g')]);
    const moved = withHostsMoved(alone, to, { hosts: ['api.test'], like: {} });
    expect(moved.from['spec.rules']).toEqual([rule('parked.cutover.invalid', 'g')]);
    const back = withHostsMoved(
      { called: 'green', fields: moved.to },
      { called: 'blue', fields: moved.from },
      { hosts: ['api.test'], like: {} },
    );
    expect(back.to['spec.rules']).toEqual([rule('api.test', 'g')]);
  });

  test('are refused where the new side serves them already', () => {
    const taken = side('green', [rule('api.test', 'h')]);
    expect(() => withHostsMoved(from, taken, { hosts: ['api.test'], like: {} })).toThrow(
      'green serves api.test already',
    );
  });
});

test('a backend changes for the hosts that are named, and keeps its port unless another is given', () => {
  const { fields } = side('edge', [rule('api.test', 'blue'), rule('app.test', 'blue')]);
  const changed = withBackend(fields, ['api.test'], { service: 'green' }, 'edge');
  expect(changed['spec.rules']).toEqual([rule('api.test', 'green'), rule('app.test', 'blue')]);
  expect(servicesOf(changed, ['api.test', 'app.test'])).toEqual(['green', 'blue']);
});

test('addresses are those that the controller told', () => {
  const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'x' } };
  const status = { loadBalancer: { ingress: [{ ip: '10.2.0.7' }, { hostname: 'lb.test' }] } };
  expect(addressesOf({ ...ingress, status })).toEqual(['10.2.0.7', 'lb.test']);
  expect(addressesOf(ingress)).toEqual([]);
});
