// The lock without the queue in front of it: a queue lets one contender at a time reach the slot and so hides
// every fault of it. The same storm must find the fault of a mutant, or it would prove nothing.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { fixture, ROOT } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { refOf, signal } from './gate-view.ts';
import { Seeded } from './seeded.ts';

const CONTENDER = join(ROOT, 'node_modules', '.cache', 'seqx', 'slot-contender.mjs');
const CONTENDERS = 8;
const STORM_MS = 15_000;
/** A loaded machine takes longer to make a storm of it. */
const LONGEST_STORM_MS = 90_000;
const LONGEST_STOP_MS = 400;

interface Count {
  held: number;
  cleared: number;
  crashes: number;
  kills: number;
  stops: number;
  overlaps: number;
}

type StormKind = 'safe' | 'mutant' | 'sharing' | 'sharing-mutant';

class Storm {
  readonly count: Count = { held: 0, cleared: 0, crashes: 0, kills: 0, stops: 0, overlaps: 0 };
  readonly #scratch: Scratch;
  readonly #kind: StormKind;
  readonly #random: Seeded;
  readonly #witness = `seqx-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  readonly #crowd: (Started | undefined)[] = [];
  #strangeEnd: string | undefined;

  constructor(kind: StormKind, scratch: Scratch, random: Seeded) {
    this.#kind = kind;
    this.#scratch = scratch;
    this.#random = random;
  }

  /** Runs until it was enough, or the first overlap. Whoever dies is replaced by another. */
  async run(isEnough: (ms: number) => boolean): Promise<void> {
    const beganMs = performance.now();
    for (let place = 0; place < CONTENDERS; place++) this.#start(place);
    for (let ms = 0; ms < LONGEST_STORM_MS && !isEnough(ms); ms = performance.now() - beganMs) {
      if (this.count.overlaps > 0 || this.#strangeEnd !== undefined) break;
      this.#strike();
      await pause(this.#random.between(5, 50));
    }
    const crowd = this.#crowd.splice(0);
    for (const contender of crowd) contender?.kill('SIGKILL');
    await Promise.all(crowd.map(contender => contender?.ended));
    expect(this.#strangeEnd).toBeUndefined();
  }

  #start(place: number): void {
    const seed = String(Math.floor(this.#random.next() * 2 ** 31));
    const contender = this.#scratch.start(process.execPath, [CONTENDER, this.#witness, seed, this.#kind]);
    this.#crowd[place] = contender;
    void contender.ended.then(({ signal: by, stderr }) => {
      if (by !== 'SIGKILL') this.#strangeEnd ??= stderr;
      // The storm is over once the crowd has been sent home.
      if (this.#crowd[place] !== contender) return;
      this.count.crashes += 1;
      this.#start(place);
    });
    contender.child.stdout?.on('data', (text: string) => {
      const said = (word: string) => text.split('\n').filter(line => line === word).length;
      this.count.held += said('held');
      this.count.cleared += said('cleared');
      this.count.overlaps += said('OVERLAP');
    });
  }

  #strike(): void {
    const victim = this.#random.pick(this.#crowd);
    const ref = victim && refOf(victim.pid);
    if (!ref) return;
    // On a loaded machine nobody would live long enough to do anything.
    const isTooMany = this.count.kills > this.count.held + 20;
    if (this.#random.next() < 0.5 && !isTooMany) {
      if (victim.child.kill('SIGKILL')) this.count.kills += 1;
      return;
    }
    if (!signal(ref, 'SIGSTOP')) return;
    this.count.stops += 1;
    setTimeout(() => signal(ref, 'SIGCONT'), this.#random.between(10, LONGEST_STOP_MS));
  }
}

describe('the slot without a queue', () => {
  beforeAll(async () => {
    await build({
      entryPoints: [fixture('slot-contender.ts')],
      outfile: CONTENDER,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      packages: 'external',
      logLevel: 'warning',
    });
  });

  test.each([
    ['never has two holders', 'safe'],
    ['never has one beside an exclusive one, nor three that share two slots', 'sharing'],
  ] as const)(
    '%s, whoever pauses, crashes, is killed or stopped, and where',
    async (_what, kind) => {
      await using scratch = new Scratch();
      const random = new Seeded(`slot storm, ${kind}`);
      const storm = new Storm(kind, scratch, random);
      const { count } = storm;
      const isStorm = () => count.held > 100 && count.crashes > 100 && count.cleared > 5;
      await storm.run(ms => ms > STORM_MS && isStorm());
      process.stdout.write(`slot storm, ${kind}: ${JSON.stringify(count)}\n`);
      expect(count.overlaps).toBe(0);
      expect(isStorm(), 'it was a storm').toBe(true);
      expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
      await scratch.settle();
    },
    120_000,
  );

  test.each([
    ['two holders by the same storm once its check for being alone', 'mutant'],
    ['some beside an exclusive one once the look at the other slots', 'sharing-mutant'],
  ] as const)(
    'is seen to have %s is taken out',
    async (_what, kind) => {
      await using scratch = new Scratch();
      const storm = new Storm(kind, scratch, new Seeded(`slot storm, ${kind}`));
      await storm.run(() => false);
      process.stdout.write(`slot storm, ${kind}: ${JSON.stringify(storm.count)}\n`);
      expect(storm.count.overlaps).toBeGreaterThan(0);
    },
    120_000,
  );
});
