import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { suggestion } from '../nearest.ts';
import { contradictions, type PolicyPath } from './contradictions.ts';
import { type Policy, policySchema } from './schema.ts';

/** A policy, or every fault of it at once, each in one line that says where and what. */
export type LoadedPolicy = { policy: Policy } | { problems: string[] };

type Where = (path: PolicyPath) => string;

const largest = 1_000_000;

/** Reads the text of a policy file. Faults begin with `file:line:column`. Never throws for what stands in the file. */
export function loadPolicy(text: string, file = 'policy.yaml'): LoadedPolicy {
  if (text.length > largest) return { problems: [`${file}: larger than 1 MB; a policy is a short file`] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return { problems: document.errors.slice(0, 50).map(({ message, pos }) => `${at(pos[0])} ${message}`) };
  }
  const value = plainValue(() => document.toJS({ maxAliasCount: 50 }));
  if ('fault' in value) return { problems: [`${file}: ${value.fault}`] };
  return checked(value.value, (path) => {
    const offset = offsetOf(document.contents, path);
    return `${offset === undefined ? file : at(offset)} ${path.join('.')}`.trim();
  });
}

/** Checks a value that has the shape of a policy file: the sandbox's built-in policy. */
export function checkPolicy(value: unknown): LoadedPolicy {
  return checked(value, (path) => path.join('.'));
}

function plainValue(read: () => unknown): { value: unknown } | { fault: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function checked(value: unknown, where: Where): LoadedPolicy {
  const parsed = policySchema.safeParse(value ?? {});
  if (!parsed.success) {
    return { problems: parsed.error.issues.flatMap((issue) => wordIssue(issue, where)).slice(0, 50) };
  }
  const problems = contradictions(parsed.data).map(({ path, message }) => `${where(path)}: ${message}`);
  return problems.length > 0 ? { problems } : { policy: parsed.data };
}

function wordIssue(issue: z.core.$ZodIssue, where: Where): string[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => {
      const hint = suggestion(key, known);
      return `${where([...path, key])}: unknown key${hint === undefined ? '' : `; ${hint}`}`;
    });
  }
  if (issue.code === 'invalid_key') {
    return [`${where(path)}: ${issue.issues.map(({ message }) => message).join('; ')}`];
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [`${where(path)}: ${missing ? 'missing' : issue.message}`];
}

/** What a zod schema has inside, as far as a policy's schema uses it. */
interface Inside {
  shape?: Record<string, z.core.$ZodType>;
  valueType?: z.core.$ZodType;
  element?: z.core.$ZodType;
  innerType?: z.core.$ZodType;
}

function inside(schema: z.core.$ZodType): Inside {
  const found = schema._zod.def as Inside;
  return found.innerType === undefined ? found : inside(found.innerType);
}

/** The keys that the schema knows at a path. */
function knownKeys(path: PolicyPath): string[] {
  let schema: z.core.$ZodType = policySchema;
  for (const part of path) {
    const { shape, valueType, element } = inside(schema);
    const next = shape?.[String(part)] ?? valueType ?? element;
    if (next === undefined) return [];
    schema = next;
  }
  return Object.keys(inside(schema).shape ?? {});
}

/** Where the node of a path, or its nearest ancestor, begins; for a key of a map the key itself. */
function offsetOf(root: unknown, path: PolicyPath): number | undefined {
  let node = root;
  let offset = isNode(root) ? root.range?.[0] : undefined;
  for (const part of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      : undefined;
    const next = pair ? pair.value : isNode(node) && 'get' in node ? item(node, part) : undefined;
    const start = pair && isNode(pair.key) ? pair.key.range : isNode(next) ? next.range : undefined;
    if (start) offset = start[0];
    node = next;
  }
  return offset;
}

function item(node: object, part: string | number): unknown {
  return 'items' in node && Array.isArray(node.items) ? node.items[Number(part)] : undefined;
}
