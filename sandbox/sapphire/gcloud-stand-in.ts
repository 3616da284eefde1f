import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

interface Place {
  url: string;
  project: string;
  token: string;
}

const targetSchema = z.looseObject({
  revisionName: z.string().optional(),
  percent: z.number().optional(),
  tag: z.string().optional(),
});
const serviceSchema = z.looseObject({
  metadata: z.looseObject({ generation: z.number() }),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({}).optional(),
      spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string() })).min(1) }),
    }),
    traffic: z.array(targetSchema),
  }),
  status: z.looseObject({
    observedGeneration: z.number().optional(),
    conditions: z.array(
      z.looseObject({ type: z.string(), status: z.string(), message: z.string().optional() }),
    ),
    latestReadyRevisionName: z.string(),
    latestCreatedRevisionName: z.string(),
    traffic: z.array(targetSchema),
  }),
});
type Service = z.infer<typeof serviceSchema>;

const between = 500;

async function call({ url, project, token }: Place, name: string, body?: Service): Promise<Service> {
  const answer = await fetch(`${url}/apis/serving.knative.dev/v1/namespaces/${project}/services/${name}`, {
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { method: 'PUT', body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`ERROR: (gcloud.run) ${await answer.text()}`);
  return serviceSchema.parse(await answer.json());
}

/** Writes a service and looks until what was asked for is so, or can't be. */
async function replace(place: Place, name: string, wanted: Service): Promise<Service> {
  await call(place, name, wanted);
  for (;;) {
    const now = await call(place, name);
    const ready = now.status.conditions.find(({ type }) => type === 'Ready');
    if (now.status.observedGeneration === now.metadata.generation && ready?.status !== 'Unknown') {
      if (ready?.status === 'True') return now;
      throw new Error(`ERROR: (gcloud.run) ${ready?.message ?? 'The service is not ready.'}`);
    }
    await pause(between);
  }
}

function withImage({ spec, ...service }: Service, image: string): Service {
  const { name: _, ...metadata } = spec.template.metadata ?? {};
  const [first, ...others] = spec.template.spec.containers;
  const labels = { ...(metadata.labels as object | undefined), 'client.knative.dev/nonce': `${Date.now()}` };
  const template = {
    ...spec.template,
    metadata: { ...metadata, labels },
    spec: { ...spec.template.spec, containers: [{ ...first, image }, ...others] },
  };
  return { ...service, spec: { ...spec, template } };
}

/** Tags stay where they are; a revision that isn't named gets nothing, as gcloud has it. */
function withShares({ spec, ...service }: Service, shares: string): Service {
  const wanted = shares.split(',').map((share) => {
    const [revisionName = '', percent] = share.split('=');
    return { revisionName, percent: Number(percent) };
  });
  const tags = spec.traffic.flatMap(({ percent: _, ...target }) =>
    target.tag === undefined ? [] : [target],
  );
  return { ...service, spec: { ...spec, traffic: [...wanted, ...tags] } };
}

function told({ spec, status }: Service, format: string): string {
  if (format.startsWith('csv'))
    return status.traffic
      .map(({ revisionName = '', percent }) => `${revisionName}=${percent ?? ''}`)
      .join('\n');
  const [first] = spec.template.spec.containers;
  return [status.latestReadyRevisionName, status.latestCreatedRevisionName, first?.image].join('\t');
}

const optionIn = (args: readonly string[], name: string): string => {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  const given = args[at];
  return (given === name ? args[at + 1] : given?.slice(name.length + 1)) ?? '';
};

/** Makes the calls that gcloud makes for `run services describe`, `run deploy` and `run services update-traffic`. */
export async function standIn(
  place: Place,
  args: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const [verb = '', name = ''] = words[1] === 'services' ? words.slice(2) : words.slice(1);
  const service = await call(place, name);
  if (verb === 'describe') print(told(service, optionIn(args, '--format')));
  else if (verb === 'deploy') await replace(place, name, withImage(service, optionIn(args, '--image')));
  else if (verb === 'update-traffic')
    await replace(place, name, withShares(service, optionIn(args, '--to-revisions')));
  else throw new Error(`ERROR: (gcloud.run) The sandbox's stand-in does not know "${verb}".`);
  return 0;
}
