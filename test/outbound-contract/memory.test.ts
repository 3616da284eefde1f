import { memoryAllowance } from '../support/memory-allowance.ts';
import { memoryRooms } from '../support/memory-rooms.ts';
import { memoryThreads } from '../support/memory-threads.ts';
import { outboundContract } from './contract.ts';

outboundContract('memory', () => {
  let now = 0;
  const clock = { now: () => now };
  const pass = async (milliseconds: number) => {
    now += milliseconds;
  };
  return {
    threads: memoryThreads(clock),
    rooms: memoryRooms(),
    allowance: memoryAllowance(clock),
    pass,
    expire: () => pass(15_000),
  };
});
