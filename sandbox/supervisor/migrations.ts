import { z } from 'zod';
import { durable } from '../service/durable.ts';
import type { Answer, Route } from '../service/http.ts';
import type { Mutate } from '../service/mutation.ts';

const name = z.string().regex(/^[A-Za-z0-9._:-]{1,100}$/, 'letters, digits, dot, underscore, colon and dash');
const rowsSchema = z.array(z.strictObject({ name, at: z.iso.datetime() }));

/**
 * Migrations of the sandbox's data. Running one is deliberately not idempotent: each call appends a row,
 * so that a migration that ran twice can be seen.
 */
export function migrationRoutes(file: string, mutate: Mutate): Route[] {
  const rows = durable(file, rowsSchema, []);
  const runs = (wanted: string) => rows.value.filter((row) => row.name === wanted).length;
  const run = (migration: string): Answer => {
    rows.set([...rows.value, { name: migration, at: new Date().toISOString() }]);
    return { status: 201, body: { name: migration, runs: runs(migration) }, changed: true };
  };
  return [
    { method: 'GET', path: '/migrations', handle: () => ({ status: 200, body: { rows: [...rows.value] } }) },
    {
      method: 'GET',
      path: '/migrations/:name',
      handle: ({ params }) => {
        const wanted = decodeURIComponent(params.name ?? '');
        return { status: 200, body: { name: wanted, runs: runs(wanted) } };
      },
    },
    {
      method: 'POST',
      path: '/migrations',
      handle: mutate(z.strictObject({ name }), (body) => run(body.name)),
    },
  ];
}
