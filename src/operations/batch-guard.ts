// The watchdog of a batch: its limits are on all commands together, and when this process dies, however it dies,
// it ends them and frees the slot.

import type { SeqxEvent } from '../base/events.ts';
import type { World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import type { Hold } from '../gate.ts';
import { continueTree } from '../run/end-tree.ts';
import { Guard } from '../run/guard.ts';
import { limitsOf } from '../run/verdict.ts';
import type { PressureOrder } from '../run/watch-messages.ts';
import type { BatchStop } from './batch-stop.ts';

/** @param onSuspended the watchdog has let all of it stand still, or go on */
export function startBatchGuard(
  hold: Hold,
  stop: BatchStop,
  settings: Settings,
  onSuspended: (isSuspended: boolean) => void,
  world: World,
): Guard {
  const { platform, clock, gate } = world;
  const now = new Date(clock.wallMs()).toISOString();
  const isSlot = hold.kind === 'slot';
  const bornAfter = platform.self().start;
  const end = (by: 'slot-lost' | 'unwatched') => {
    world.emit({ type: by === 'slot-lost' ? 'slot-lost' : 'watchdog-lost' });
    stop.end(by);
  };
  // There is no one command to name, so it is us.
  const emit = (event: SeqxEvent) =>
    world.emit('pid' in event && event.pid === 0 ? { ...event, pid: process.pid } : event);
  const guard = new Guard(
    {
      type: 'watch',
      gate,
      slotId: isSlot ? hold.slotId : undefined,
      ticketName: isSlot ? hold.ticketName : undefined,
      share: isSlot ? hold.share : undefined,
      command: undefined,
      tree: { roots: [], tokens: [hold.token], bornAfter },
      executable: platform.executable(process.pid) ?? process.execPath,
      heldAt: now,
      startedAt: now,
      limits: limitsOf(settings, platform.fastestSampleMs),
      graceMs: settings.killGrace,
      pressure: isSlot && hold.share ? pressureOrder(settings) : undefined,
    },
    {
      onMemoryEnd: by => stop.endedBy(by),
      onTreeEnded: () => {},
      onSlotLost: () => end('slot-lost'),
      onLost: () => end('unwatched'),
      onSuspended,
      onLeftFrozen: () => {
        const target = { roots: [], tokens: [hold.token], bornAfter };
        void continueTree({ target, graceMs: 0 }, { platform, after: clock.after, nowNs: clock.nowNs });
      },
    },
    { ...world, emit },
  );
  guard.start();
  return guard;
}

/** As a whole it makes room for the others at the gate. */
function pressureOrder({
  onPressure: how,
  memoryThreshold: thresholdBytes,
}: Pick<Settings, 'onPressure' | 'memoryThreshold'>): PressureOrder | undefined {
  return how === 'ignore' ? undefined : { how, thresholdBytes };
}
