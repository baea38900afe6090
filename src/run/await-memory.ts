// Waiting until memory is back: that of a gate's own processes under a limit, on a machine that is not short.
// The decision is pure; the waiting looks again after ever longer pauses and never longer than asked.

import type { MachineMemory, Platform, ProcessFacts, World } from '../base/ports.ts';
import { firstOf } from '../base/wake.ts';
import { tokenCarriers } from './token-carriers.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** A machine with less than this left is short: what starts next may be what it dies of. */
const SHORT_SHARE = 0.05;

export interface MemoryLevel {
  /** What the processes that count use. */
  readonly usedBytes: number;
  readonly machine: Pick<MachineMemory, 'totalBytes' | 'availableBytes' | 'cgroupLimitBytes'>;
}

/** @param limitBytes 0 is no limit: the machine alone decides */
export function isBack({ usedBytes, machine }: MemoryLevel, limitBytes: number): boolean {
  const isBelow = limitBytes === 0 || usedBytes <= limitBytes;
  return isBelow && machine.availableBytes >= memoryOf(machine) * SHORT_SHARE;
}

/** What there is in all: of the machine, or of the cgroup that gives us less. */
export const memoryOf = ({ totalBytes, cgroupLimitBytes }: MemoryLevel['machine']): number =>
  Math.min(totalBytes, cgroupLimitBytes ?? totalBytes);

/** The gate's runs and what earlier ones have left: shared pages are counted once where that decides. */
export async function gateLevel(
  world: Pick<World, 'gate' | 'platform'>,
  limitBytes: number,
): Promise<MemoryLevel> {
  const carriers = await tokenCarriers(world, 'memory');
  const rssBytes = carriers.reduce((sum, facts) => sum + facts.rssBytes, 0);
  const isDecided = limitBytes === 0 || rssBytes <= limitBytes;
  const usedBytes = isDecided ? rssBytes : honestBytes(carriers, world.platform);
  return { usedBytes, machine: world.platform.machineMemory() };
}

/** PSS and swap where that can be read, RSS elsewhere. */
export const honestBytes = (
  processes: readonly Pick<ProcessFacts, 'pid' | 'rssBytes'>[],
  platform: Pick<Platform, 'proportionalBytes'>,
): number =>
  processes.reduce((sum, { pid, rssBytes }) => sum + (platform.proportionalBytes(pid) ?? rssBytes), 0);

export interface MemoryWaited {
  readonly isBack: boolean;
  readonly waitedMs: number;
  readonly level: MemoryLevel;
}

/**
 * Until memory is back, the time has passed, or this run is told to stop.
 * @param look takes a fresh look at what counts
 * @param onWait called after every look that was not the last
 */
export async function awaitMemory(
  look: () => Promise<MemoryLevel>,
  { limitBytes, timeoutMs }: { readonly limitBytes: number; readonly timeoutMs: number },
  { clock, stop }: Pick<World, 'clock' | 'stop'>,
  onWait: (waited: MemoryWaited) => void = () => {},
): Promise<MemoryWaited> {
  const beganNs = clock.nowNs();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    const level = await look();
    const waitedMs = Number(clock.nowNs() - beganNs) / 1e6;
    const waited = { isBack: isBack(level, limitBytes), waitedMs, level };
    const leftMs = timeoutMs - waitedMs;
    if (waited.isBack || leftMs <= 0 || stop.requested !== undefined) return waited;
    onWait(waited);
    await firstOf([done => clock.after(Math.min(pauseMs, leftMs), done), done => stop.listen(done)]);
  }
}
