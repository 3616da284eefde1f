import { suggestion } from '../nearest.ts';
import type { Plan } from '../rollout/plan.ts';
import { parseExpression, readsSurely } from './expression.ts';
import { type ParamValue, readGiven } from './params.ts';
import type { Playbook } from './playbook.ts';
import { split } from './template.ts';
import { resolvedTexts } from './walk.ts';

/** What a rollout is asked for. */
export interface PlanRequest {
  playbook: Playbook;
  environment: Pick<Plan['environment'], 'name' | 'vars' | 'connections'>;
  target: string | null;
  /** As a person typed them. */
  params: Readonly<Record<string, string>>;
  /** The least number of approvals that the policy asks for. */
  quorum: number;
  /** When the policy asks hypercare to tell how it goes. */
  checkIns?: readonly string[] | undefined;
}

function environmentProblems({ playbook, environment }: PlanRequest): string[] {
  if (playbook.environments.includes(environment.name)) return [];
  return [
    `${playbook.name} does not run in ${environment.name}; it runs in ${playbook.environments.join(', ')}`,
  ];
}

function targetProblems({ playbook, target }: PlanRequest): string[] {
  const { targets, name } = playbook;
  if (targets.length === 0) {
    return target === null ? [] : [`${name} has no targets, so ${target} can't be one`];
  }
  if (target === null) return [`${name} needs a target: ${targets.join(' or ')}`];
  if (targets.includes(target)) return [];
  return [`${name} has no target ${target}: ${suggestion(target, targets) ?? ''}`];
}

type Values = { value: Record<string, ParamValue>; problems: string[] };

function readParams({ playbook, params }: PlanRequest): Values {
  const known = Object.keys(playbook.params);
  const read: Values = { value: {}, problems: [] };
  for (const [name, param] of Object.entries(playbook.params)) {
    const one = readGiven(name, param, Object.hasOwn(params, name) ? params[name] : undefined);
    if (one === 'absent') continue;
    if ('problem' in one) read.problems.push(one.problem);
    else read.value[name] = one.value;
  }
  for (const name of Object.keys(params)) {
    if (known.includes(name)) continue;
    const hint = known.length === 0 ? 'it takes none' : suggestion(name, known);
    read.problems.push(`${playbook.name} has no parameter ${name}: ${hint}`);
  }
  return read;
}

function variableProblems({ playbook, environment }: PlanRequest): string[] {
  const missing = new Set<string>();
  for (const { text } of resolvedTexts(playbook)) {
    for (const part of split(text)) {
      const parsed = 'expression' in part ? parseExpression(part.expression) : undefined;
      if (parsed === undefined || 'error' in parsed) continue;
      for (const [root, name] of readsSurely(parsed.ok)) {
        if (root === 'env' && name !== undefined && !Object.hasOwn(environment.vars, name)) missing.add(name);
      }
    }
  }
  const known = Object.keys(environment.vars);
  return [...missing].map((name) => {
    const hint = suggestion(name, known);
    return `${playbook.name} reads env.${name}, which ${environment.name} does not have${hint ? `: ${hint}` : ''}`;
  });
}

/**
 * The plan of a rollout: everything that it will do, ready to be pinned; or every reason why there is none, one
 * sentence each. Pure: the same request has the same plan and so the same digest.
 */
export function resolvePlan(request: PlanRequest): { plan: Plan } | { problems: string[] } {
  const params = readParams(request);
  const problems = [
    ...environmentProblems(request),
    ...targetProblems(request),
    ...params.problems,
    ...variableProblems(request),
  ];
  if (problems.length > 0) return { problems };
  const { playbook, environment, target, quorum, checkIns } = request;
  const { name, vars, connections } = environment;
  return {
    plan: {
      v: 1,
      playbook,
      environment: {
        name,
        vars,
        connections,
        quorum,
        ...(playbook.hypercare && checkIns ? { checkIns: [...checkIns] } : {}),
      },
      target,
      params: params.value,
    },
  };
}
