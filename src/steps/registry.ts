import type { StepKind } from '../ports/step.ts';
import { approval } from './approval.ts';
import { command } from './command.ts';
import { httpRequest } from './http-request.ts';
import { monitor } from './monitor.ts';
import { wait } from './wait.ts';

const kinds: readonly StepKind[] = [approval, command, httpRequest, monitor, wait];

/** Every step kind by what a playbook `uses`. A kind is one file, one line here, one row of the contract test. */
export const stepKinds: ReadonlyMap<string, StepKind> = new Map(kinds.map((kind) => [kind.uses, kind]));
