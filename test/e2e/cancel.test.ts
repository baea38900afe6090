// `seqx cancel`: one waiter or one run, by the name that status shows; nobody else.

import { expect, test } from 'vitest';
import { ask, commandPid, hold, isWell, letGo, ticketCount } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';

async function ticketNames(scratch: Scratch): Promise<string[]> {
  const { running, queue } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
  return [...running, ...queue].map(({ ticket }: { ticket: string }) => ticket);
}

test('takes one waiter out of the queue; the others keep their places', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const first = scratch.seqx(['echo', 'first']);
  await ticketCount(scratch, 2);
  const second = scratch.seqx(['echo', 'second']);
  await ticketCount(scratch, 3);
  const [, name = ''] = await ticketNames(scratch);
  const { code, stderr } = await ask(scratch, ['cancel', name]);
  expect([code, stderr]).toEqual([0, `seqx: took out of the queue pid ${first.pid} "echo first"\n`]);
  const cancelled = await first.ended;
  expect([cancelled.code, cancelled.stdout]).toEqual([75, '']);
  expect(cancelled.stderr).toContain('seqx: cancelled in the queue of web; nothing was run (exit 75)');
  await letGo(holder);
  expect(await second.ended).toMatchObject({ code: 0, stdout: 'second\n' });
  await scratch.settle();
});

test('ends a run with its setsid children and those deaf to SIGTERM, and lets the next one in', async () => {
  await using scratch = new Scratch();
  const run = scratch.seqx(['--kill-grace', '300ms', 'sh', fixture('scatter.sh')]);
  await run.says('up');
  const next = scratch.seqx(['echo', 'next']);
  await ticketCount(scratch, 2);
  const [name = ''] = await ticketNames(scratch);
  const env = { SEQX_KILL_GRACE: '300ms' };
  const { code, stderr } = await ask(scratch, ['cancel', name], { env });
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/^seqx: ended pid \d+ "sh .*scatter.sh" \(\d needed SIGKILL\)$/m),
  ]);
  const { stderr: said } = await run.ended;
  expect(said).toMatch(/^seqx: cancelled by seqx cancel, pid \d+; ending "sh .*scatter.sh"$/m);
  expect(isWell(commandPid(run))).toBe(false);
  expect(await next.ended).toMatchObject({ code: 0, stdout: 'next\n' });
  await scratch.settle();
});

test('refuses a ticket that is not there, and suggests the nearest', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const [name = ''] = await ticketNames(scratch);
  const typo = `${name.slice(0, -1)}${name.endsWith('0') ? '1' : '0'}`;
  const { code, stderr } = await ask(scratch, ['cancel', typo]);
  expect([code, stderr]).toEqual([
    125,
    `seqx: no ticket "${typo}" at web; did you mean ${name}?\n  try: seqx status\n`,
  ]);
  expect(await ask(scratch, ['cancel', 'nobody'])).toMatchObject({ code: 125 });
  expect(isWell(commandPid(holder))).toBe(true);
  await letGo(holder);
});

test.each([[], ['a', 'b']])('wants exactly one ticket', async (...words) => {
  await using scratch = new Scratch();
  const { code, stderr } = await ask(scratch, ['cancel', ...words]);
  expect([code, stderr]).toEqual([125, expect.stringContaining('cancel takes one ticket')]);
});
