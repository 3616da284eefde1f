import { z } from 'zod';
import type { Proposal } from '../../ports/github.ts';
import { ServiceError } from '../../ports/service.ts';
import type { GitHubClient } from './client.ts';

const refSchema = z.object({ object: z.object({ sha: z.string() }) });
const fileSchema = z.object({ sha: z.string(), content: z.string(), encoding: z.literal('base64') });
const pullSchema = z.object({ number: z.int(), html_url: z.string() });

const repo = '/repos/{owner}/{repo}';

/**
 * Changes a file by pull request: a branch of its own, one commit that holds only where the file still is what was
 * read, and one pull request, found again by its branch.
 * Rules: https://docs.github.com/en/rest/repos/contents#create-or-update-file-contents and
 * https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
 */
export function proposalsOf({ call, repository }: GitHubClient) {
  const [owner = ''] = repository.split('/');

  async function ensureBranch({ branch, base }: Proposal, signal: AbortSignal): Promise<void> {
    const there = await call(`GET ${repo}/git/ref/{+ref}`, { ref: `heads/${branch}` }, signal, [404]);
    if (there.status === 200) return;
    const from = await call(`GET ${repo}/git/ref/{+ref}`, { ref: `heads/${base}` }, signal);
    const { sha } = from.read(refSchema).object;
    await call(`POST ${repo}/git/refs`, { ref: `refs/heads/${branch}`, sha }, signal, [422]);
  }

  async function commit({ branch, path, title, change }: Proposal, signal: AbortSignal): Promise<void> {
    const found = await call(`GET ${repo}/contents/{+path}`, { path, ref: branch }, signal, [404]);
    const file = found.status === 404 ? undefined : found.read(fileSchema);
    const text = Buffer.from(file?.content ?? '', 'base64').toString('utf8');
    const changed = change(text);
    if (changed === text) return;
    const content = Buffer.from(changed, 'utf8').toString('base64');
    const precondition = file === undefined ? {} : { sha: file.sha };
    const parameters = { path, branch, message: title, content, ...precondition };
    await call(`PUT ${repo}/contents/{+path}`, parameters, signal);
  }

  async function opened({ branch }: Proposal, signal: AbortSignal) {
    const parameters = { head: `${owner}:${branch}`, state: 'open' };
    const answer = await call(`GET ${repo}/pulls`, parameters, signal);
    return answer.read(z.array(pullSchema))[0];
  }

  return async (proposal: Proposal, signal: AbortSignal): Promise<{ url: string; number: number }> => {
    await ensureBranch(proposal, signal);
    await commit(proposal, signal);
    let pull = await opened(proposal, signal);
    if (pull === undefined) {
      const { branch, base, title, body } = proposal;
      await call(`POST ${repo}/pulls`, { head: branch, base, title, body }, signal, [422]);
      pull = await opened(proposal, signal);
    }
    if (pull === undefined)
      throw new ServiceError('refused', `GitHub opens no pull request from ${proposal.branch}`);
    return { url: pull.html_url, number: pull.number };
  };
}
