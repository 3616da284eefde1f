import type { z } from 'zod';
import { alertmanagerConnectionSchema } from '../adapters/alertmanager/connection.ts';
import { archiveConnectionSchema } from '../adapters/artifacts/stores.ts';
import { googleDnsConnectionSchema } from '../adapters/dns/google.ts';
import { linodeConnectionSchema } from '../adapters/dns/linode.ts';
import { githubConnectionSchema } from '../adapters/github/client.ts';
import { googleConnectionSchema } from '../adapters/google/connection.ts';
import { kubernetesConnectionSchema } from '../adapters/kubernetes/connection.ts';
import { prometheusConnectionSchema } from '../adapters/prometheus/source.ts';
import { registryConnectionSchema } from '../adapters/registry/images.ts';
import { jaegerConnectionSchema } from '../adapters/traces/jaeger.ts';
import { tempoConnectionSchema } from '../adapters/traces/tempo.ts';

const [folder, s3, gcs] = archiveConnectionSchema.options;

/** What a connection of environments.yaml may be, by its `kind`; each schema stands beside the adapter that reads it. */
export const connectionKinds: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['alertmanager', alertmanagerConnectionSchema],
  ['folder', folder],
  ['gcs', gcs],
  ['github', githubConnectionSchema],
  ['google', googleConnectionSchema],
  ['google-dns', googleDnsConnectionSchema],
  ['jaeger', jaegerConnectionSchema],
  ['kubernetes', kubernetesConnectionSchema],
  ['linode-dns', linodeConnectionSchema],
  ['oci', registryConnectionSchema],
  ['prometheus', prometheusConnectionSchema],
  ['s3', s3],
  ['tempo', tempoConnectionSchema],
]);
