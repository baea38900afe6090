// Stuck is what a waiter has watched stand still: entries that nobody can judge, and a run whose wrapper and
// watchdog are both stopped. A run whose watchdog still beats is never taken over, however long it lasts.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../src/base/ports.ts';
import { gateFolder, holdHere } from '../helpers/held-gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';
import { witness } from '../helpers/witness.ts';

const SOON = ['--stuck-timeout', '3s'];
const logOf = ({ root }: Scratch) => readFileSync(join(root, 'log'), { encoding: 'utf8', flag: 'a+' });

async function startHolder(scratch: Scratch): Promise<{ holder: Started; watchdog: number }> {
  const holder = scratch.seqx(witness(scratch, 'holder', 300));
  await until('the holder is inside', () => logOf(scratch) === 'start holder\n');
  const folder = await gateFolder(scratch);
  const watchdog = await until('the watchdog beats', () => recordOf(folder, holder.pid)?.watchdog?.pid);
  return { holder, watchdog };
}

function recordOf(folder: string, pid: number): RunRecord | undefined {
  const slot = join(folder, 'slots', '0');
  const name = readdirSync(slot).find(entry => entry.includes(`-${pid}-`));
  const text = name === undefined ? '' : readFileSync(join(slot, name), 'utf8');
  return text.endsWith(' ') ? (JSON.parse(text) as RunRecord) : undefined;
}

describe.concurrent('stuck', () => {
  test('entries with names that seqx cannot have written are cleared, whatever they are', async () => {
    await using scratch = new Scratch();
    await (await holdHere(scratch)).release();
    const slot = join(await gateFolder(scratch), 'slots', '0');
    mkdirSync(slot);
    const names = [
      'garbage',
      '1-2-3',
      '0'.repeat(200),
      'a b\n',
      '.hidden',
      '00000000000000000001-1-1-00000000-1-00000000',
    ];
    for (const name of names) writeFileSync(join(slot, name), 'nonsense');
    expect(await scratch.seqx(['--wait', '1s', 'true']).ended).toMatchObject({ code: 75 });
    expect(await scratch.seqx([...SOON, 'true']).ended).toMatchObject({ code: 0 });
    await scratch.settle();
  });

  test('a folder inside the slot cannot be cleared, and is named in the error', async () => {
    await using scratch = new Scratch();
    await (await holdHere(scratch)).release();
    mkdirSync(join(await gateFolder(scratch), 'slots', '0', 'intruder'), { recursive: true });
    const { code, stderr } = await scratch.seqx([...SOON, 'true']).ended;
    expect(code).toBe(125);
    expect(stderr).toContain('slots/0/intruder');
    expect(stderr).not.toContain('internal error');
  });

  test('a run whose wrapper and watchdog are stopped is ended, and then its slot is taken', async () => {
    await using scratch = new Scratch();
    const { holder, watchdog } = await startHolder(scratch);
    holder.kill('SIGSTOP');
    process.kill(watchdog, 'SIGSTOP');
    const next = scratch.seqx([...SOON, ...witness(scratch, 'next', 0)]);
    expect(await next.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('stood still') });
    expect(logOf(scratch)).toBe('start holder\nstart next\nend next\n');
    await holder.exited;
    await scratch.settle();
  });

  test('a run whose wrapper alone is stopped is never taken over', async () => {
    await using scratch = new Scratch();
    const { holder } = await startHolder(scratch);
    holder.kill('SIGSTOP');
    const next = scratch.seqx([...SOON, '--wait', '8s', ...witness(scratch, 'next', 0)]);
    expect(await next.ended).toMatchObject({ code: 75 });
    expect(logOf(scratch)).toBe('start holder\n');
    holder.kill('SIGCONT');
    holder.kill('SIGTERM');
    await holder.ended;
    await scratch.settle();
  });
});
