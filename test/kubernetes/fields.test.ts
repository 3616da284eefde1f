import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { patchOf, sameFields, underneath } from '../../src/steps/kubernetes/fields.ts';

type Tree = { [field: string]: Json };

const isTree = (value: Json | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396, 2, word for word. */
function merged(target: Json | undefined, patch: Json): Json {
  if (!isTree(patch)) return patch;
  const result: Tree = isTree(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

/** As API servers keep them: no field is null, no map is empty. */
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
const name = fc.constantFrom('a', 'b', 'c', 'd');
const map = fc.dictionary(name, leaf, { minKeys: 1, maxKeys: 3 });
const tree = fc.dictionary(name, fc.oneof(leaf, map), { minKeys: 1, maxKeys: 4 }) as fc.Arbitrary<Tree>;

test('a patch makes what stands there into what is wanted, and back', () => {
  const fields = fc.record({ 'spec.x': fc.option(tree), 'spec.y': fc.option(leaf as fc.Arbitrary<Json>) });
  fc.assert(
    fc.property(fields, fields, (now, wanted) => {
      const object = { spec: { kept: 'x', ...strip(now) } };
      const there = merged(object, patchOf(now, wanted)) as { spec: Tree };
      const found = { 'spec.x': there.spec.x ?? null, 'spec.y': there.spec.y ?? null };
      expect(sameFields(found, wanted)).toBe(true);
      expect(there.spec.kept).toBe('x');
      expect(merged(there, patchOf(wanted, now))).toEqual(object);
    }),
  );
});

function strip(fields: { 'spec.x': Json; 'spec.y': Json }): Tree {
  const { 'spec.x': x, 'spec.y': y } = fields;
  return { ...(x === null ? {} : { x }), ...(y === null ? {} : { y }) };
}

test('what stood under an apply, put back over it, is what stood there', () => {
  fc.assert(
    fc.property(tree, tree, (live, applied) => {
      const before = underneath(live, applied);
      expect(merged(merged(live, applied), before)).toEqual(live);
    }),
  );
});
