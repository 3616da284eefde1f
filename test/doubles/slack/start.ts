import { type Deliver, httpDelivery, type People, peopleOf } from './people.ts';
import { serveApi } from './server.ts';
import { type Sockets, serveSockets } from './sockets.ts';
import { Workspace } from './workspace.ts';

/** A Slack on this machine: strict where Slack is strict. */
export interface SlackDouble {
  workspace: Workspace;
  /** For `SLACK_API_URL`. */
  apiUrl: string;
  sockets: Sockets;
  /** People whose doings arrive by Socket Mode. */
  people: People;
  /** People whose doings arrive by signed HTTP at this address. */
  peopleBy(url: string): People;
  stop(): Promise<void>;
}

export async function startSlackDouble(): Promise<SlackDouble> {
  const workspace = new Workspace();
  const api = await serveApi(workspace, () => sockets.ticket(api.origin));
  const sockets = serveSockets(api.server, workspace);

  function responseUrl(channel: string, user: string): string {
    const path = `/response/${workspace.nextId('R')}`;
    api.responseUrls.set(path, { channel, user, uses: 0 });
    return `${api.origin}${path}`;
  }

  const peopleWith = (deliver: Deliver) => peopleOf(workspace, deliver, responseUrl);
  return {
    workspace,
    apiUrl: `${api.origin}/api/`,
    sockets,
    people: peopleWith(sockets.deliver),
    peopleBy: (url) => peopleWith(httpDelivery(workspace.signingSecret, url)),
    async stop() {
      sockets.stop();
      await api.stop();
    },
  };
}
