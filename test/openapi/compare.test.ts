import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { tableOf } from '../../src/core/openapi/change.ts';
import { compareContracts } from '../../src/core/openapi/compare.ts';
import '../support/fuzz-seed.ts';

const order = {
  type: 'object',
  required: ['id', 'total'],
  properties: {
    id: { type: 'string' },
    total: { type: 'number' },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    state: { type: 'string', enum: ['open', 'done'] },
    parent: { $ref: '#/components/schemas/Order' },
  },
};
const newOrder = {
  type: 'object',
  required: ['total'],
  properties: { total: { type: 'number' }, state: { type: 'string', enum: ['open', 'done'] } },
};
const json = (schema: object) => ({ content: { 'application/json': { schema } } });

/** A contract with one operation that gives orders and one that takes them. */
function contract(
  change: { order?: object; newOrder?: object; get?: object; post?: object; paths?: object } = {},
) {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  return {
    openapi: '3.1.0',
    info: { title: 'Aether', version: 'v2.4.0' },
    paths: {
      '/orders/{id}': {
        get: {
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          responses: {
            200: { description: 'An order', ...json(ref('Order')) },
            404: { description: 'None' },
          },
          ...change.get,
        },
      },
      '/orders': {
        post: {
          parameters: [{ name: 'dry', in: 'query', schema: { type: 'boolean' } }],
          requestBody: { required: true, ...json(ref('NewOrder')) },
          responses: { 201: { description: 'Made', ...json(ref('Order')) } },
          ...change.post,
        },
      },
      ...change.paths,
    },
    components: { schemas: { Order: change.order ?? order, NewOrder: change.newOrder ?? newOrder } },
  } as Json;
}

const without = (schema: typeof order | typeof newOrder, name: string) => ({
  ...schema,
  properties: Object.fromEntries(Object.entries(schema.properties).filter(([key]) => key !== name)),
});
const withProperty = (schema: typeof order | typeof newOrder, name: string, value: object) => ({
  ...schema,
  properties: { ...schema.properties, [name]: value },
});
const lines = (after: Json, before: Json = contract()) =>
  compareContracts(before, after).map(
    ({ where, what, breaking }) => `${breaking ? '! ' : ''}${where}: ${what}`,
  );

const renamed = {
  parameters: [{ name: 'order', in: 'path', required: true, schema: { type: 'string' } }],
  responses: { 200: { description: 'An order', ...json({ $ref: '#/components/schemas/Order' }) } },
};

const cases: [string, Json, string[]][] = [
  ['nothing', contract(), []],
  ['a path that is gone', contract({ paths: { '/orders': {} } }), ['! POST /orders: is gone']],
  [
    'a method that is gone, and one that is new',
    contract({ paths: { '/orders': { put: { responses: {} } } } }),
    ['! POST /orders: is gone', 'PUT /orders: is new'],
  ],
  [
    'a path parameter with another name',
    contract({ paths: { '/orders/{id}': undefined as never, '/orders/{order}': { get: renamed } } }),
    [],
  ],
  [
    'a field of an answer that is gone',
    contract({ order: without(order, 'total') }),
    ['! Order.total in answers: is gone'],
  ],
  [
    'a field of an answer that may be missing',
    contract({ order: { ...order, required: ['id'] } }),
    ['! Order.total in answers: may be missing'],
  ],
  [
    'a field of an answer with another type',
    contract({ order: withProperty(order, 'total', { type: 'string' }) }),
    ['! Order.total in answers: was number, is string'],
  ],
  [
    'a field of an answer that may be null, as 3.0 says it',
    contract({ order: withProperty(order, 'total', { type: 'number', nullable: true }) }),
    ['! Order.total in answers: was number, is null or number'],
  ],
  [
    'a narrower field of an answer',
    contract({ order: withProperty(order, 'total', { type: 'integer' }) }),
    [],
  ],
  [
    'a field of an answer that is never null any more',
    contract({ order: withProperty(order, 'note', { type: 'string' }) }),
    [],
  ],
  [
    'a new field and a new value in an answer',
    contract({
      order: withProperty(withProperty(order, 'fee', {}) as typeof order, 'state', {
        enum: ['open', 'done', 'held'],
      }),
    }),
    ['Order.state in answers: may be "held" too', 'Order.fee in answers: is new'],
  ],
  [
    'a body that needs a new field',
    contract({
      newOrder: { ...withProperty(newOrder, 'account', { type: 'string' }), required: ['total', 'account'] },
    }),
    ['! NewOrder.account in requests: is required'],
  ],
  [
    'a body that may have a new field, and takes a value no more',
    contract({
      newOrder: withProperty(
        withProperty(newOrder, 'state', { type: 'string', enum: ['open'] }) as typeof newOrder,
        'note',
        { type: 'string' },
      ),
    }),
    ['! NewOrder.state in requests: no longer takes "done"', 'NewOrder.note in requests: is new'],
  ],
  [
    'a body whose field takes less',
    contract({ newOrder: withProperty(newOrder, 'total', { type: 'integer' }) }),
    ['! NewOrder.total in requests: was number, is integer'],
  ],
  [
    'a body that refuses what it took',
    contract({ newOrder: { ...without(newOrder, 'state'), additionalProperties: false } }),
    ['! NewOrder.state in requests: is refused'],
  ],
  [
    'a parameter that is needed',
    contract({
      post: { parameters: [{ name: 'dry', in: 'query', required: true, schema: { type: 'boolean' } }] },
    }),
    ['! POST /orders: needs the query parameter dry'],
  ],
  [
    'an answer with another status and form',
    contract({ post: { responses: { 200: { description: 'Made' } } } }),
    ['! POST /orders: no longer answers 201'],
  ],
  [
    'an answer in another format',
    contract({ get: { responses: { 200: { description: 'x', content: { 'text/csv': {} } } } } }),
    ['! GET /orders/{id} 200: no longer has application/json'],
  ],
  [
    'credentials that were not asked for',
    contract({ get: { security: [{ bearer: [] }] } }),
    ['! GET /orders/{id}: asks for credentials'],
  ],
];

describe('two contracts', () => {
  test.each(cases)('%s', (_, after, expected) => {
    expect(lines(after)).toEqual(expected);
  });

  it('with alternatives by name', () => {
    const either = (...names: string[]) => ({
      get: {
        responses: {
          200: {
            description: 'x',
            ...json({ oneOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) }),
          },
        },
      },
    });
    const [one, both] = [contract(either('Order')), contract(either('Order', 'NewOrder'))];
    expect(lines(both, one)).toEqual(['! GET /orders/{id} 200 in answers: may be NewOrder too']);
    expect(lines(one, both)).toEqual([]);
  });

  it('whatever they hold, are compared; one with itself has no difference', () => {
    const names = fc.constantFrom(
      'a',
      'b',
      '$ref',
      'type',
      'properties',
      'items',
      'anyOf',
      'allOf',
      'enum',
      'required',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('string', 'object', '#/components/schemas/Order', '#/x', null, true, 1),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [one, other] = [contract({ order: a as object }), contract({ order: b as object })];
        expect(compareContracts(one, one)).toEqual([]);
        expect(Array.isArray(compareContracts(one, other))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

it('a table shows what breaks first, and stays short', () => {
  const found = compareContracts(
    contract(),
    contract({ order: { ...without(order, 'total'), required: [] } }),
  );
  expect(tableOf([{ where: 'GET /a', what: 'is new', breaking: false }, ...found])).toBe(
    [
      'breaks   Order.id in answers     may be missing',
      'breaks   Order.total in answers  is gone',
      'differs  GET /a                  is new',
    ].join('\n'),
  );
  const many = Array.from({ length: 15 }, (_, index) => ({
    where: `GET /${index}`,
    what: 'is gone',
    breaking: true,
  }));
  expect(tableOf(many).split('\n')).toHaveLength(13);
  expect(tableOf(many)).toContain('and 3 more');
});
