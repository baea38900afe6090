// Between a run's end and the next one: with --settle the slot is kept until the memory of the gate's processes
// is back below the threshold and the machine is not short, bounded by --settle-timeout. The heartbeat goes on
// meanwhile. Never fails a run that has ended well.

import type { World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import { awaitMemory, gateLevel, type MemoryWaited } from './await-memory.ts';

/** Shorter waits are not worth a word; longer ones are told again now and then. */
const QUIET_MS = 1_000;
const AGAIN_MS = 10_000;

type SettleSettings = Pick<Settings, 'settle' | 'settleTimeout' | 'memoryThreshold'>;

/** @returns how long it kept the slot, milliseconds */
export async function settleRun(slotId: string, settings: SettleSettings, world: World): Promise<number> {
  const { settle, settleTimeout: timeoutMs, memoryThreshold: limitBytes } = settings;
  if (!settle) return 0;
  let nextMs = QUIET_MS;
  const onWait = (waited: MemoryWaited) => {
    world.slots.beat(slotId);
    if (waited.waitedMs < nextMs) return;
    nextMs += AGAIN_MS;
    world.emit({ type: 'settle-waited', ...told(waited, limitBytes) });
  };
  try {
    const look = () => gateLevel(world, limitBytes);
    const waited = await awaitMemory(look, { limitBytes, timeoutMs }, world, onWait);
    if (!waited.isBack || waited.waitedMs >= QUIET_MS) {
      world.emit({ type: 'settled', isBack: waited.isBack, ...told(waited, limitBytes) });
    }
    return waited.waitedMs;
  } catch {
    // a look at the processes failed: the run is over all the same
    return 0;
  }
}

const told = ({ level, waitedMs }: MemoryWaited, limitBytes: number) => ({
  bytes: level.usedBytes,
  limitBytes,
  availableBytes: level.machine.availableBytes,
  waitedMs,
});
