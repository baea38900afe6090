// A holder is stuck only after this waiter has watched its heartbeat stand still, awake, the whole time.
// The clock, the slot and the liveness are the test's own.

import { describe, expect, test } from 'vitest';
import { parseId } from '../../../src/base/identity.ts';
import type { Liveness, World } from '../../../src/base/ports.ts';
import { HolderWatch } from '../../../src/lock/judge-holder.ts';

const NAME = '00000000012345678901-4321-99-0123abcd-4026531836-deadbeef';
const OTHER = NAME.replace('4321', '4322');
const INIT = NAME.replace('-4321-', '-1-');
const STUCK_MS = 300_000;
const LOOK_MS = 5_000;

/** A holder whose heartbeat, liveness and clock the test sets. */
class Scene {
  nowMs = 1_000_000;
  beatMs: number | undefined = 1;
  liveness: Liveness = 'alive';
  hasWatchdog = true;
  command: { pid: number; start: string } | undefined;
  namespace = parseId(NAME)?.namespace ?? '';
  readonly asked: string[] = [];
  readonly watch: HolderWatch;

  constructor(stuckMs = STUCK_MS) {
    const world = {
      platform: { self: () => ({ ...parseId(NAME), namespace: this.namespace }) },
      clock: { nowNs: () => BigInt(this.nowMs) * 1_000_000n },
      slots: {
        heartbeatMs: () => this.beatMs,
        readRecord: () =>
          this.hasWatchdog ? { watchdog: { pid: 5, start: '1' }, command: this.command } : {},
      },
      liveness: async (id: string) => {
        this.asked.push(id);
        return this.liveness;
      },
    };
    this.watch = new HolderWatch(stuckMs, world as unknown as World);
  }

  /** Looks every few seconds for a while; the last answer. */
  async lookFor(ms: number, name = NAME) {
    let state = await this.watch.judge(name);
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs = Math.min(endMs, this.nowMs + LOOK_MS);
      state = await this.watch.judge(name);
    }
    return state;
  }
}

describe('a heartbeat that stands still', () => {
  test('is watched for the whole time before its holder is stuck', async () => {
    const scene = new Scene();
    expect(await scene.lookFor(STUCK_MS - 1)).toBe('alive');
    expect(scene.watch.stillMs(NAME)).toBe(STUCK_MS - 1);
    expect(await scene.lookFor(1)).toBe('stuck');
  });

  test('counts from the first look of this waiter, however old it is by then', async () => {
    const scene = new Scene();
    scene.nowMs += 24 * 3_600_000;
    expect(await scene.watch.judge(NAME)).toBe('alive');
    expect(scene.watch.stillMs(NAME)).toBe(0);
  });

  test('counts anew after every beat, forwards or backwards (a wall clock set back)', async () => {
    const scene = new Scene();
    for (const beatMs of [2, 3, 1]) {
      expect(await scene.lookFor(STUCK_MS - LOOK_MS)).toBe('alive');
      scene.beatMs = beatMs;
    }
    expect(await scene.lookFor(STUCK_MS - LOOK_MS)).toBe('alive');
  });

  test('counts anew after a gap between two looks: the laptop slept', async () => {
    const scene = new Scene();
    await scene.lookFor(STUCK_MS - LOOK_MS);
    scene.nowMs += 10_001;
    expect(await scene.watch.judge(NAME)).toBe('alive');
    expect(scene.watch.stillMs(NAME)).toBe(0);
    expect(await scene.lookFor(STUCK_MS)).toBe('stuck');
  });

  test('goes on counting over a gap of ten seconds: a busy machine', async () => {
    const scene = new Scene();
    await scene.lookFor(STUCK_MS - 10_000);
    scene.nowMs += 10_000;
    expect(await scene.watch.judge(NAME)).toBe('stuck');
  });

  test('is watched for each holder by itself', async () => {
    const scene = new Scene();
    expect(await scene.lookFor(STUCK_MS)).toBe('stuck');
    expect(await scene.watch.judge(OTHER)).toBe('alive');
    expect(scene.watch.stillMs('never seen')).toBe(0);
  });

  test('follows --stuck-timeout', async () => {
    const scene = new Scene(3_000);
    expect(await scene.lookFor(2_999)).toBe('alive');
    expect(await scene.lookFor(1)).toBe('stuck');
  });
});

describe('a holder', () => {
  test('with a beating heart is never timed out', async () => {
    const scene = new Scene();
    for (let hour = 0; hour < 240; hour++) {
      scene.beatMs = hour;
      expect(await scene.lookFor(60_000)).toBe('alive');
    }
  });

  test('that is suspended is said to be so, and kept while its heart beats', async () => {
    const scene = new Scene();
    scene.liveness = 'suspended';
    for (let beat = 2; beat < 100; beat++) {
      scene.beatMs = beat;
      expect(await scene.lookFor(LOOK_MS)).toBe('suspended');
    }
  });

  test('that is suspended before its watchdog was there is never stuck', async () => {
    const scene = new Scene();
    scene.liveness = 'suspended';
    scene.hasWatchdog = false;
    expect(await scene.lookFor(2 * STUCK_MS)).toBe('suspended');
    scene.hasWatchdog = true;
    expect(await scene.watch.judge(NAME)).toBe('stuck');
  });

  test.each(['alive', 'suspended'] as const)(
    'that is pid 1 itself (hold) is never stuck while it is %s: it cannot be ended',
    async liveness => {
      const scene = new Scene();
      scene.liveness = liveness;
      scene.command = { pid: 1, start: '99' };
      expect(await scene.lookFor(2 * STUCK_MS, INIT)).toBe(liveness);
      scene.command = { pid: 7, start: '99' };
      expect(await scene.watch.judge(INIT)).toBe('stuck');
    },
  );

  test('that was pid 1 of another namespace is stuck when nobody can judge it any more', async () => {
    const scene = new Scene();
    scene.liveness = 'unjudgeable';
    scene.command = { pid: 1, start: '99' };
    expect(await scene.lookFor(STUCK_MS, INIT)).toBe('stuck');
  });

  test('that nobody can judge is alive, until its heart stands still', async () => {
    const scene = new Scene();
    scene.liveness = 'unjudgeable';
    expect(await scene.lookFor(STUCK_MS - 1)).toBe('alive');
    expect(await scene.lookFor(1)).toBe('stuck');
  });

  test('that is dead is dead at once, and also after a standstill', async () => {
    const scene = new Scene();
    scene.liveness = 'dead';
    expect(await scene.watch.judge(NAME)).toBe('dead');
    expect(await scene.lookFor(2 * STUCK_MS)).toBe('dead');
  });

  test('that is dead in another pid namespace is not cleared while its watchdog may be at it', async () => {
    const scene = new Scene();
    scene.namespace = '7';
    scene.liveness = 'dead';
    expect(await scene.lookFor(4_999)).toBe('alive');
    expect(await scene.lookFor(1)).toBe('dead');
    scene.beatMs = 2;
    expect(await scene.lookFor(4_999)).toBe('alive');
  });

  test('with a name that seqx cannot have written is asked nothing and alive until it is stuck', async () => {
    const scene = new Scene();
    scene.liveness = 'dead';
    expect(await scene.lookFor(STUCK_MS - 1, 'litter.txt')).toBe('alive');
    expect(await scene.lookFor(1, 'litter.txt')).toBe('stuck');
    expect(scene.asked).toEqual([]);
  });

  test('whose entry is gone has no heartbeat and is no exception', async () => {
    const scene = new Scene();
    scene.beatMs = undefined;
    expect(await scene.watch.judge(NAME)).toBe('alive');
  });
});
