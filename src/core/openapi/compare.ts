import type { Json } from '../json.ts';
import type { ContractChange } from './change.ts';
import { schemaComparison } from './compare-schemas.ts';
import { dereferenced, entries, type Fields, fields, items } from './schema.ts';

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

/** Whether this is an OpenAPI document of version 3. */
export function isContract(value: Json): boolean {
  const { openapi, paths } = fields(value);
  return typeof openapi === 'string' && openapi.startsWith('3.') && paths !== undefined;
}

interface Operation {
  operation: Fields;
  parameters: Map<string, Fields>;
}

/** Paths are the same whatever their parameters are called. */
const plain = (path: string) => path.replaceAll(/\{[^}]*\}/g, '{}');

function operationsOf(document: Json): Map<string, Operation & { where: string }> {
  const found = entries(fields(document).paths).flatMap(([path, given]) => {
    const place = dereferenced(document, given).value;
    return entries(place)
      .filter(([method]) => methods.has(method))
      .map(([method, one]) => {
        const operation = fields(one);
        const verb = method.toUpperCase();
        const parameters = parametersOf(document, path, [
          ...items(place.parameters),
          ...items(operation.parameters),
        ]);
        return [`${verb} ${plain(path)}`, { where: `${verb} ${path}`, operation, parameters }] as const;
      });
  });
  return new Map(found);
}

/** By where they stand and their name; those of a path by their place in it. */
function parametersOf(document: Json, path: string, given: readonly Json[]): Map<string, Fields> {
  const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
  return new Map(
    given.map((one) => {
      const { value } = dereferenced(document, one);
      const name = value.in === 'path' ? `${names.indexOf(String(value.name)) + 1}` : String(value.name);
      return [`${String(value.in)} parameter ${name}`, value];
    }),
  );
}

/**
 * How two OpenAPI documents (version 3) differ for callers: operations, parameters, bodies, answers of success and the
 * schemas of all of them. Whatever is beside them (descriptions, examples, formats, bounds of numbers and lengths,
 * headers) is not compared.
 */
export function compareContracts(before: Json, after: Json): ContractChange[] {
  const found: ContractChange[] = [];
  const compareSchemas = schemaComparison({ before, after }, found);
  const [olds, nows] = [operationsOf(before), operationsOf(after)];

  function compareParameters(where: string, old: Operation, now: Operation): void {
    for (const [name, { required, schema }] of now.parameters) {
      const was = old.parameters.get(name);
      if (required === true && was?.required !== true && !name.startsWith('path '))
        found.push({ where, what: `needs the ${name}`, breaking: true });
      if (was !== undefined)
        compareSchemas({ before: was.schema, after: schema, where: `${where} ${name}` }, 'requests');
    }
  }

  function compareContents(
    given: { where: string; before: Fields; after: Fields },
    direction: 'requests' | 'answers',
  ): void {
    const { where } = given;
    const now = fields(given.after.content);
    for (const [type, content] of entries(given.before.content)) {
      if (!Object.hasOwn(now, type)) found.push({ where, what: `no longer has ${type}`, breaking: true });
      else {
        const [old, next] = [fields(content).schema, fields(now[type]).schema];
        compareSchemas({ before: old, after: next, where }, direction);
      }
    }
  }

  function compareBodies(where: string, old: Fields, now: Fields): void {
    const [was, is] = [
      dereferenced(before, old.requestBody).value,
      dereferenced(after, now.requestBody).value,
    ];
    if (is.required === true && was.required !== true)
      found.push({ where, what: 'needs a body', breaking: true });
    if (is.content !== undefined) compareContents({ where, before: was, after: is }, 'requests');
  }

  function compareAnswers(where: string, old: Fields, now: Fields): void {
    const answers = fields(now.responses);
    for (const [status, answer] of entries(old.responses)) {
      if (!status.startsWith('2')) continue;
      if (!Object.hasOwn(answers, status)) {
        found.push({ where, what: `no longer answers ${status}`, breaking: true });
        continue;
      }
      const was = dereferenced(before, answer).value;
      const is = dereferenced(after, answers[status]).value;
      compareContents({ where: `${where} ${status}`, before: was, after: is }, 'answers');
    }
  }

  const guarded = (document: Json, { security }: Fields) => {
    const given = security ?? fields(document).security;
    return items(given).length > 0 && !items(given).some((one) => Object.keys(fields(one)).length === 0);
  };

  for (const [key, old] of olds) {
    const now = nows.get(key);
    if (now === undefined) {
      found.push({ where: old.where, what: 'is gone', breaking: true });
      continue;
    }
    if (guarded(after, now.operation) && !guarded(before, old.operation))
      found.push({ where: now.where, what: 'asks for credentials', breaking: true });
    compareParameters(now.where, old, now);
    compareBodies(now.where, old.operation, now.operation);
    compareAnswers(now.where, old.operation, now.operation);
  }
  for (const [key, { where }] of nows)
    if (!olds.has(key)) found.push({ where, what: 'is new', breaking: false });
  return found;
}
