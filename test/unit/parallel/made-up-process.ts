// A process whose memory, collector and clock the test sets.

import type { MemoryUsage, OwnProcess } from '../../../src/parallel/this-process.ts';

export const MIB = 2 ** 20;

export const usage = (usedMib: number, rest: Partial<MemoryUsage> = {}): MemoryUsage => ({
  usedBytes: usedMib * MIB,
  rssBytes: usedMib * MIB,
  heapUsedBytes: 20 * MIB,
  heapTotalBytes: 30 * MIB,
  heapLimitBytes: 4_096 * MIB,
  externalBytes: 0,
  ...rest,
});

export class MadeUpProcess implements OwnProcess {
  usedMib = 100;
  /** What a collection takes away; `undefined` where the collector cannot be called. */
  garbageMib: number | undefined;
  collections = 0;
  collectMs = 0;
  clockMs = 0;
  env: NodeJS.ProcessEnv = {};
  readonly said: string[] = [];

  usage = (): MemoryUsage => usage(this.usedMib, { heapUsedBytes: this.usedMib * MIB });
  oldGenerationBytes = (): number => 4_048 * MIB;
  canCollect = (): boolean => this.garbageMib !== undefined;
  nowMs = (): number => this.clockMs;
  say = (line: string): void => void this.said.push(line);

  collect = (): void => {
    this.collections += 1;
    this.clockMs += this.collectMs;
    this.usedMib -= this.garbageMib ?? 0;
    this.garbageMib = 0;
  };
}
