// What processes that stand still use, shared pages counted once.

import type { ProcessFacts, World } from '../base/ports.ts';

/**
 * The tree stands still, so there is time: PSS of 8 GiB takes 52 ms to read, on a busy machine many times that
 * (250 ms once ended 21 processes that only shared their pages). Beyond this the rest is counted by RSS.
 */
const MEASURE_MS = 10_000;

/** One process at a time, so that the heartbeat goes on in between. */
export async function measureTree(
  members: readonly Pick<ProcessFacts, 'pid' | 'rssBytes'>[],
  { platform, clock }: Pick<World, 'platform' | 'clock'>,
): Promise<number> {
  const endNs = clock.nowNs() + BigInt(MEASURE_MS * 1e6);
  let bytes = 0;
  for (const { pid, rssBytes } of members) {
    const isTimeLeft = clock.nowNs() < endNs;
    bytes += (isTimeLeft ? platform.proportionalBytes(pid) : undefined) ?? rssBytes;
    await new Promise(resolve => setImmediate(resolve));
  }
  return bytes;
}
