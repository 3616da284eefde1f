import { canonicalJson, type Json } from '../../../src/core/json.ts';
import { Refusal } from '../refusal.ts';
import type { Template } from './resource.ts';

type Words = { [key: string]: string };
type Container = Pick<Template['containers'][number], 'name' | 'image' | 'env'>;
interface Given {
  metadata?: { name?: string; labels?: Words; annotations?: Words };
  spec: { containers: Container[] };
}

/** Annotations of the system, such as the client's name: the v2 API neither takes nor tells them. */
export function ownWords(words: Words | undefined): Words {
  return Object.fromEntries(Object.entries(words ?? {}).filter(([key]) => !/googleapis|knative/.test(key)));
}

/** A template as `gcloud run` reads it. */
export function templateView({ revision, containers, labels, annotations }: Template): Json {
  const shown = containers.map(({ name, image, env }) => ({
    image,
    ...(name === undefined ? {} : { name }),
    ...(env === undefined ? {} : { env }),
    resources: { limits: { cpu: '1000m', memory: '512Mi' } },
  }));
  return {
    metadata: {
      ...(revision === undefined ? {} : { name: revision }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { containerConcurrency: 80, timeoutSeconds: 300, containers: shown as Json },
  };
}

/** A template that `gcloud run` wrote: images, variables, labels and the name can be others than before. */
export function templateOf(body: Json, before: Template): Template {
  const { metadata = {}, spec } = body as unknown as Given;
  const { revision: _, labels: __, annotations: ___, ...kept } = before;
  const annotations = ownWords(metadata.annotations);
  const wanted: Template = {
    ...kept,
    ...(metadata.name === undefined ? {} : { revision: metadata.name }),
    ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    containers: before.containers.map((container, index) => {
      const { image = '', env } = spec.containers[index] ?? {};
      const { env: ____, ...same } = container;
      return { ...same, image, ...(env === undefined ? {} : { env }) };
    }),
  };
  const { annotations: _____, ...stripped } = metadata;
  const told = {
    ...(body as object),
    metadata: { ...stripped, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
  };
  if (canonicalJson(told as Json) === canonicalJson(templateView(wanted))) return wanted;
  const text = 'The double changes images, variables, labels and names of templates only.';
  throw new Refusal(501, text, { status: 'UNIMPLEMENTED' });
}
