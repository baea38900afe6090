// What a batch may use: as much as its run may, no more than the threshold, and where it shares the gate no more
// than the others leave.

import type { World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import type { Hold } from '../gate.ts';
import type { BatchLimits } from './batch-run.ts';

export function batchRoom(
  hold: Hold,
  { memoryLimit, memoryThreshold }: Pick<Settings, 'memoryLimit' | 'memoryThreshold'>,
  world: Pick<World, 'slots' | 'platform'>,
): Pick<BatchLimits, 'budgetBytes' | 'availableBytes'> {
  const others = () => (hold.kind === 'slot' && hold.share ? promisedToOthers(hold.slotId, world) : NOBODY);
  return {
    budgetBytes: () => {
      const left = memoryThreshold > 0 ? Math.max(1, memoryThreshold - others().bytes) : Infinity;
      const most = Math.min(memoryLimit || Infinity, left);
      return Number.isFinite(most) ? most : 0;
    },
    availableBytes: () => {
      const available = machineBytes(world);
      return available === undefined ? undefined : Math.max(0, available - others().toGrowBytes);
    },
  };
}

const NOBODY = { bytes: 0, toGrowBytes: 0 };

/** What the other runs at the gate need, or were promised: theirs, whether they use it yet or not. */
function promisedToOthers(slotId: string, { slots }: Pick<World, 'slots'>): typeof NOBODY {
  let [bytes, toGrowBytes] = [0, 0];
  for (const name of slots.occupants()) {
    if (name === slotId) continue;
    const { share, memory } = slots.readRecord(name) ?? {};
    const expected = share?.expectedBytes ?? 0;
    const used = memory?.bytes ?? 0;
    bytes += Math.max(expected, used);
    toGrowBytes += Math.max(0, expected - used);
  }
  return { bytes, toGrowBytes };
}

/** Where it cannot be seen, the budget alone decides. */
function machineBytes({ platform }: Pick<World, 'platform'>): number | undefined {
  try {
    return platform.machineMemory().availableBytes;
  } catch {
    return undefined;
  }
}
