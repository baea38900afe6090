// What the watchdog of a hold is told: whom to watch, under which limits, and all that it needs to end the hold alone.

import type { ProcessRef, World } from '../base/ports.ts';
import { parseRunChain, RUN_VARIABLE } from '../base/run-token.ts';
import type { GateRequest, Hold } from '../gate.ts';
import { journalFolder } from '../journal/journal.ts';
import { type Passage, shortened } from '../passage.ts';
import type { Place } from '../place.ts';
import { limitsOf } from '../run/verdict.ts';
import type { HoldOrder } from '../run/watch-messages.ts';
import { isInit } from './hold-owner.ts';
import { eventsFile } from './reporting.ts';

/** What a hold asks of the gate. */
export type HoldRequest = Omit<GateRequest, 'descriptors' | 'hasOwnLimits'> & { readonly owner: ProcessRef };

const UNLIMITED = { memoryLimit: 0, processMemoryLimit: 0, checkInterval: 5_000 };

export function holdOrder(
  { slotId, ticketName, share, token }: Extract<Hold, { kind: 'slot' }>,
  { owner, argv, cwd, env, settings }: HoldRequest,
  { waitedMs }: Passage,
  { gate, origins }: Place,
  { platform, clock }: World,
): HoldOrder {
  const now = new Date(clock.wallMs()).toISOString();
  const chain = parseRunChain(env[RUN_VARIABLE]);
  const isUnwatched = isInit(owner);
  return {
    type: 'hold',
    gate,
    slotId,
    ticketName,
    share,
    command: owner,
    tree: isUnwatched
      ? { roots: [], tokens: [] }
      : { roots: [owner], tokens: [token], bornAfter: owner.start },
    heldAt: now,
    startedAt: now,
    limits: limitsOf(isUnwatched ? UNLIMITED : settings, platform.fastestSampleMs),
    graceMs: settings.killGrace,
    // The shell that started the owner would see it stop, and take the terminal back: it is never suspended.
    pressure:
      share && settings.onPressure === 'end' && !isUnwatched
        ? { how: 'end', thresholdBytes: settings.memoryThreshold }
        : undefined,
    record: { schema: 'seqx.ticket/1', argv: shortened(argv), cwd, arrivedAt: now, chain, share },
    // Its events go on to a file; a descriptor is ours alone.
    settings: { ...settings, events: eventsFile(settings.events, cwd) },
    origins,
    waitedMs,
    home: platform.look(owner.pid),
    journal: journalFolder(gate.hash, env),
  };
}
