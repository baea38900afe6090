// Waiting until there is memory again, for this project's runs or on the whole machine.

import { openWorld } from '../assemble.ts';
import { SeqxError } from '../base/errors.ts';
import type { World } from '../base/ports.ts';
import { findPlace, type PlaceOptions } from '../place.ts';
import { awaitMemory, gateLevel, type MemoryLevel, memoryOf } from '../run/await-memory.ts';

export interface WaitForRoomOptions extends PlaceOptions {
  /** Bytes. */
  readonly belowBytes: number;
  /** Milliseconds; five minutes by default. */
  readonly timeoutMs?: number | undefined;
  /** Whose memory: of this project's runs and leftovers, or all that is used on the machine. */
  readonly of?: 'project' | 'machine' | undefined;
}

export interface RoomWaited {
  readonly isBelow: boolean;
  readonly waitedMs: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
}

const DEFAULT_WAIT_MS = 300_000;

/**
 * Waits until the memory of this project, or of the machine, is below, and the machine is not short.
 * @throws SeqxError for a malformed configuration, or options that are no numbers
 */
export async function waitForRoom(options: WaitForRoomOptions): Promise<RoomWaited> {
  const { belowBytes: limitBytes, timeoutMs = DEFAULT_WAIT_MS, of = 'project' } = options;
  // What is no number is never below another.
  checkNumber('belowBytes', limitBytes, limitBytes > 0, 'bytes above 0');
  checkNumber('timeoutMs', timeoutMs, timeoutMs >= 0, 'milliseconds from 0 up');
  const place = await findPlace(options);
  const world = openWorld(place, () => {}, { prepare: false });
  const look = (): Promise<MemoryLevel> =>
    of === 'machine' ? machineLevel(world) : gateLevel(world, limitBytes);
  const { isBack, waitedMs, level } = await awaitMemory(look, { limitBytes, timeoutMs }, world);
  const { usedBytes, machine } = level;
  return { isBelow: isBack, waitedMs, usedBytes, availableBytes: machine.availableBytes };
}

/** @throws SeqxError SEQX_SETTING_INVALID */
function checkNumber(option: string, value: number, isFine: boolean, takes: string): void {
  if (typeof value === 'number' && isFine) return;
  throw new SeqxError('SEQX_SETTING_INVALID', `${option} is ${String(value)}; it takes ${takes}`);
}

async function machineLevel({ platform }: World): Promise<MemoryLevel> {
  const machine = platform.machineMemory();
  return { usedBytes: memoryOf(machine) - machine.availableBytes, machine };
}
