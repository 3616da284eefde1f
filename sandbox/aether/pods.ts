import { z } from 'zod';

/** Who runs the pods: the kubelet that is played, or the cluster's own nodes. */
export type Pods = 'played' | 'real';

/** What runs on real nodes in place of Aether's own image, which nobody but its makers has. */
export const publicImage = { registry: 'docker.io', repository: 'library/python', tag: '3.13-alpine' };

/** Where nodes pull it from. */
export const publicName = `${publicImage.registry}/${publicImage.repository}`;

const server = `
import http.server, signal, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.ThreadingHTTPServer(("", 8080), Answer).serve_forever()
`;

/** What a service of the chart runs there: it is healthy, and ends when it is told to. */
export const publicCommand = ['python', '-c', server];

const jobSchema = z.looseObject({ command: z.array(z.string()) });

/** What a Job runs there: it says what Aether's own image would have run. */
export function publicJob(input: unknown): string[] {
  const { command } = jobSchema.parse(input);
  return ['python', '-c', `print("Aether's own image would run: ${command.join(' ')}")`];
}
