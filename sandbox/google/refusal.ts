import type { Json } from '../../src/core/json.ts';

/** The statuses of google.rpc.Code that the double answers with, and their HTTP codes. */
const codes = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
} as const;

export type Status = keyof typeof codes;

/** A request that is refused as Google refuses it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;
  readonly body: Json;
  constructor(code: number, message: string, body: { [key: string]: Json }) {
    super(message);
    this.code = code;
    this.body = { error: { code, message, ...body } };
  }
}

/** As the APIs on google.rpc answer (https://cloud.google.com/apis/design/errors). */
export function refusal(status: Status, message: string, field?: string): Refusal {
  const violation = { field: field ?? '', description: message };
  const details =
    field === undefined
      ? {}
      : { details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [violation] }] };
  return new Refusal(codes[status], message, { status, ...details });
}

/** As Compute Engine answers: a list of reasons in place of a status. */
export function computeRefusal(code: number, reason: string, message: string): Refusal {
  return new Refusal(code, message, { errors: [{ message, domain: 'global', reason }] });
}

/** The status that goes with an HTTP code. */
export function statusOf(code: number): Status {
  const found = Object.entries(codes).find(([, known]) => known === code)?.[0];
  return (found ?? 'INTERNAL') as Status;
}
