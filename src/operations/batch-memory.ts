// What the commands of a batch use, seen from the process that started them: each by its own tree, all of them in
// one look. The watchdog guards the whole; this is what admission and the report go by.

import type { ProcessFacts, RunTarget, World } from '../base/ports.ts';
import type { ProcessorUse } from '../batch/auto-jobs.ts';
import { TreeSampler } from '../run/tree-sampler.ts';
import { FIRST_MEMORY, judgeSample, type Limits, type Sample } from '../run/verdict.ts';

interface Watched {
  readonly sampler: TreeSampler;
  usedBytes: number;
  peakBytes: number;
}

/** A new command is looked at soon: it may be over before the next regular look. */
const FIRST_LOOK_MS = 20;
/** Once a second a look is a costly one, at everybody; the next one is cheap again and should not wait for it. */
const COSTLIEST_MS = 5;
/** One look at everybody is for all trees. */
const SHARED_MS = 50;

export class BatchMemory {
  readonly #trees = new Map<number, Watched>();
  readonly #limits: Omit<Limits, 'treeBytes'>;
  readonly #budgetBytes: () => number;
  readonly #onLook: () => Promise<void>;
  readonly #world: Pick<World, 'platform' | 'clock'>;
  #memory = FIRST_MEMORY;
  #peakBytes = 0;
  #cancel: () => void = () => {};
  #isLooking = false;
  /** Somebody came since the last look began. */
  #isNew = false;
  #isOver = false;

  /**
   * @param budgetBytes what all may use together: the nearer they are to it, the sooner the next look; 0 is no limit
   * @param onLook called after each look
   */
  constructor(
    limits: Omit<Limits, 'treeBytes'>,
    budgetBytes: () => number,
    onLook: () => Promise<void>,
    world: Pick<World, 'platform' | 'clock'>,
  ) {
    this.#limits = { ...limits, processBytes: 0 };
    this.#budgetBytes = budgetBytes;
    this.#onLook = onLook;
    this.#world = sharingLooks(world);
  }

  /** Watches the tree of a command from now on. */
  add(number: number, target: RunTarget): void {
    const { platform, clock } = this.#world;
    this.#trees.set(number, {
      sampler: new TreeSampler(target, platform, clock),
      usedBytes: 0,
      peakBytes: 0,
    });
    this.#isNew = true;
    this.#plan(FIRST_LOOK_MS);
  }

  /** The command has ended. */
  remove(number: number): void {
    this.#trees.delete(number);
  }

  usedBytes(number: number): number {
    return this.#trees.get(number)?.usedBytes ?? 0;
  }

  /** The most it was seen to use; `undefined` if it was never seen. */
  peakBytes(number: number): number | undefined {
    return this.#trees.get(number)?.peakBytes || undefined;
  }

  members(number: number): readonly ProcessFacts[] {
    return this.#trees.get(number)?.sampler.members ?? [];
  }

  /**
   * What its processes have of the processors; `undefined` if it was never seen, or if that cannot be known. What a
   * child has used stays with the parent that waited for it, so none is lost while the command runs.
   */
  processorUse(number: number): ProcessorUse | undefined {
    const members = this.members(number);
    if (members.length === 0) return undefined;
    let usedMs = 0;
    let isRunnable = false;
    for (const { pid, start } of members) {
      const now = this.#world.platform.look(pid);
      if (now?.start !== start) continue;
      if (now.cpuMs === undefined) return undefined;
      usedMs += now.cpuMs;
      isRunnable ||= now.state === 'R';
    }
    return { usedMs, isRunnable };
  }

  get totalBytes(): number {
    return [...this.#trees.values()].reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  }

  /** The most that all together were seen to use: no less than any one of them; `undefined` if none was seen. */
  get totalPeakBytes(): number | undefined {
    return this.#peakBytes || undefined;
  }

  close(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #plan(inMs: number): void {
    if (this.#isOver || this.#isLooking) return;
    this.#cancel();
    this.#cancel = this.#world.clock.after(inMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#isNew = false;
    let nextMs = this.#limits.checkIntervalMs;
    try {
      nextMs = await this.#lookOnce();
    } catch {
      // no descriptor left, no process for ps: the next look may do better, and the watchdog looks for itself
    }
    if (!this.#isOver) await this.#onLook();
    this.#isLooking = false;
    this.#plan(this.#isNew ? FIRST_LOOK_MS : nextMs);
  }

  async #lookOnce(): Promise<number> {
    let all: Sample = { atMs: 0, treeBytes: 0, processes: 0, largest: { pid: 0, bytes: 0 }, costMs: 0 };
    for (const tree of this.#trees.values()) {
      const { treeBytes, processes, atMs, costMs } = await tree.sampler.sample();
      tree.usedBytes = treeBytes;
      tree.peakBytes = Math.max(tree.peakBytes, treeBytes);
      all = {
        ...all,
        atMs,
        treeBytes: all.treeBytes + treeBytes,
        processes: all.processes + processes,
        costMs: all.costMs + costMs,
      };
    }
    this.#peakBytes = Math.max(this.#peakBytes, all.treeBytes);
    const limits = { ...this.#limits, treeBytes: this.#budgetBytes() };
    const costMs = Math.min(all.costMs, COSTLIEST_MS);
    const { memory, nextMs } = judgeSample({ ...all, costMs }, limits, this.#memory);
    this.#memory = memory;
    return nextMs;
  }
}

/** Within one look the table of processes and their environments are read once for all trees. */
function sharingLooks({
  platform,
  clock,
}: Pick<World, 'platform' | 'clock'>): Pick<World, 'platform' | 'clock'> {
  let table: { readonly atNs: bigint; readonly rows: Promise<ProcessFacts[]> } | undefined;
  const chains = new Map<number, { readonly start: string; readonly chain: string[] | undefined }>();
  const processes = (): Promise<ProcessFacts[]> => {
    const nowNs = clock.nowNs();
    if (!table || Number(nowNs - table.atNs) / 1e6 > SHARED_MS) {
      table = { atNs: nowNs, rows: platform.processes() };
      chains.clear();
    }
    return table.rows;
  };
  const runChain = (pid: number): string[] | undefined => {
    const start = platform.look(pid)?.start ?? '';
    const known = chains.get(pid);
    if (known?.start === start) return known.chain;
    const chain = platform.runChain(pid);
    chains.set(pid, { start, chain });
    return chain;
  };
  return { clock, platform: { ...platform, processes, runChain } };
}
