import { memoryRollouts } from '../support/memory-rollouts.ts';
import { rolloutsContract } from './contract.ts';

rolloutsContract('The rollouts in memory', async (clock) => ({
  rollouts: memoryRollouts(clock),
  stop: async () => undefined,
}));
