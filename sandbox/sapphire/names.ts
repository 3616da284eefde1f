import { createHash } from 'node:crypto';

/** The services of Sapphire, by the names that its playbook and its environments have for them. */
export const services = { trader: 'cloud-trader', wallet: 'wallet-orchestrator' } as const;

/** The version that serves before the first launch, and the one that is launched. */
export const versions = { old: 'v1.3.0', launched: 'v1.4.0' } as const;

export const region = 'us-central1';
export const zone = 'sapphire.test';
export const hosts = [`trader.${zone}`, `api.${zone}`] as const;
/** Where the hosts point before, and where the load balancer is. */
export const addresses = { before: '192.0.2.10', balancer: '192.0.2.20' } as const;
export const certificates = { before: 'aster-cert', launch: 'sapphiretrade-cert' } as const;
export const proxy = 'sapphire-https-proxy';
export const secrets = ['aster-api-key', 'firebase-service-account', 'telegram-bot-token'] as const;

export const repositoryOf = (service: string): string => `sapphire/app/${service}`;

/** What a revision of this version calls itself: the beginning of its image's digest. */
export function nameOf(service: string, version: string): string {
  return digestOf(service, version).slice('sha256:'.length).slice(0, 12);
}

/** The digest that a tag has unless it was moved. */
export function digestOf(service: string, version: string): string {
  return `sha256:${createHash('sha256').update(`${service}:${version}`).digest('hex')}`;
}
