// A puppet (fixtures/puppet.ts) and the strings it hangs on.

import type { Call, Park, Plan } from '../../fixtures/puppet.ts';
import type { Outcome } from '../../src/base/outcome.ts';
import { PUPPET } from './paths.ts';
import type { Scratch } from './scratch.ts';
import type { Started } from './started.ts';
import { until } from './until.ts';

export type Said =
  | { readonly said: 'parked'; readonly call: Call; readonly when: Park['when']; readonly path: string }
  | { readonly said: 'inside'; readonly isAlone: boolean; readonly entries: readonly string[] }
  | { readonly said: 'leaving' }
  | { readonly said: 'looked'; readonly call: Call }
  | { readonly said: 'event'; readonly event: { readonly type: string; readonly waitedMs?: number } }
  | { readonly said: 'over'; readonly outcome?: Outcome; readonly calls: Record<string, number> }
  | { readonly said: 'failed'; readonly errno: string; readonly message: string };

export class Puppet {
  readonly started: Started;

  constructor(scratch: Scratch, plan: Plan = {}, parent: readonly string[] = []) {
    const [file = '', ...words] = [...parent, process.execPath, PUPPET, JSON.stringify(plan)];
    this.started = scratch.start(file, words, { stdin: 'open' });
  }

  /** The same under a shell of its own: `started` is that shell, which may hold the gate. */
  static async childParkedAt(scratch: Scratch, point: Park): Promise<Puppet> {
    const puppet = new Puppet(scratch, { parks: [point] }, ['sh', '-c', '"$@"; exit $?', 'sh']);
    await puppet.parked();
    return puppet;
  }

  /** Starts one and waits until it stands at its first parking place. */
  static async parkedAt(scratch: Scratch, point: Park, plan: Plan = {}): Promise<Puppet> {
    const puppet = new Puppet(scratch, { ...plan, parks: [point, ...(plan.parks ?? [])] });
    await puppet.parked();
    return puppet;
  }

  /** Starts one and waits until it lingers inside. */
  static async inside(scratch: Scratch, plan: Plan = {}): Promise<Puppet> {
    const puppet = new Puppet(scratch, { ...plan, lingers: true });
    await puppet.hears('inside');
    return puppet;
  }

  get said(): Said[] {
    const lines = this.started.stdout.split('\n').slice(0, -1);
    return lines.map(line => JSON.parse(line) as Said);
  }

  all<T extends Said['said']>(word: T): Extract<Said, { said: T }>[] {
    return this.said.filter((line): line is Extract<Said, { said: T }> => line.said === word);
  }

  /** Waits until it has said this so many times; the last one. */
  async hears<T extends Said['said']>(word: T, times = 1): Promise<Extract<Said, { said: T }>> {
    await until(
      `a puppet says "${word}" (so far: ${this.started.stdout.slice(-500)}${this.started.stderr})`,
      () => this.all(word).length >= times,
    ).catch(error => {
      throw new Error(`${error}\nit said: ${this.started.stdout}${this.started.stderr}`);
    });
    return this.all(word).at(-1) as Extract<Said, { said: T }>;
  }

  /** Waits until it stands at its so-and-so-manieth parking place. */
  async parked(times = 1): Promise<void> {
    await this.hears('parked', times);
  }

  get isInside(): boolean {
    return this.all('inside').length > 0;
  }

  /** Lets it go on from where it stands. */
  go(): void {
    this.started.child.stdin?.write('\n');
  }

  /** SIGKILL, and the certainty that it is gone. */
  async murder(): Promise<void> {
    this.started.kill('SIGKILL');
    await this.started.exited;
  }

  /** Waits for its end; true if it was inside, and then alone there. */
  async wasInsideAlone(): Promise<boolean> {
    await this.started.ended;
    const [inside] = this.all('inside');
    if (inside !== undefined && !(inside.isAlone && inside.entries.length === 1)) {
      throw new Error(`two were inside: ${this.started.stdout}`);
    }
    return inside !== undefined;
  }
}
