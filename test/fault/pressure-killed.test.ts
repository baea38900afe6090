// Whoever dies while a run stands still for memory pressure: nobody stands still for ever, and nothing is left.

import { expect, test } from 'vitest';
import { ask, letGo } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import {
  commandState,
  goesOn,
  isSuspended,
  PRESSED,
  pressed,
  recordOf,
  shrink,
  standsStill,
} from '../helpers/pressed.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const watchdogOf = (scratch: Scratch, run: Parameters<typeof recordOf>[1]): number =>
  recordOf(scratch, run)?.watchdog?.pid ?? 0;

test('its wrapper: the tree is ended, also what is deaf to SIGTERM and what left the session', async () => {
  await using scratch = new Scratch();
  const deaf = `$SIG{TERM} = "IGNORE"; $h = "x" x ($ARGV[0] << 20); $| = 1; print "holds\\n"; sleep 1 while 1`;
  const script = `setsid sleep 600 & perl -e '${deaf}' 60 & wait`;
  const { older, younger } = await pressed(scratch, ['sh', '-c', script]);
  younger.kill('SIGKILL');
  await younger.exited;
  const left = () =>
    scratch.processes().filter(({ words }) => words.some(word => word === '600' || word === deaf));
  await until('its tree is ended', () => left().length === 0);
  await until('its slot is free', () => recordOf(scratch, younger) === undefined);
  expect(older.isOver).toBe(false);
  await letGo(older);
  await scratch.settle();
});

test('its watchdog: the tree goes on until the next watchdog has seen that there is no room', async () => {
  await using scratch = new Scratch();
  const { older, younger } = await pressed(scratch, undefined, ['--verbose']);
  const first = watchdogOf(scratch, younger);
  process.kill(first, 'SIGKILL');
  await younger.says('resumed', 'stderr');
  await until('another watchdog is there', () => ![0, first].includes(watchdogOf(scratch, younger)));
  await standsStill(scratch, younger);
  shrink(older);
  await goesOn(scratch, younger);
  expect(await letGo(younger)).toMatchObject({ code: 0, stdout: 'holds 50\n' });
  expect(younger.stderr).toMatch(/suspended .*\n.*resumed .* nobody watches over it\n(.*\n)*.*suspended /);
  await letGo(older);
  await scratch.settle();
});

test('both: the next in line ends what stands still', async () => {
  await using scratch = new Scratch();
  const { older, younger } = await pressed(scratch);
  const command = recordOf(scratch, younger)?.command?.pid ?? 0;
  const watchdog = watchdogOf(scratch, younger);
  process.kill(watchdog, 'SIGSTOP');
  younger.kill('SIGKILL');
  await younger.exited;
  process.kill(watchdog, 'SIGKILL');
  shrink(older);
  expect(await ask(scratch, [...PRESSED, 'echo', 'ran'])).toMatchObject({ code: 0, stdout: 'ran\n' });
  expect(scratch.processes().some(({ pid }) => pid === command)).toBe(false);
  await letGo(older);
  await scratch.settle();
});

test('the older run, with all that it is: the younger goes on alone', async () => {
  await using scratch = new Scratch();
  const { older, younger } = await pressed(scratch);
  const watchdog = watchdogOf(scratch, older);
  process.kill(watchdog, 'SIGSTOP');
  older.kill('SIGKILL');
  process.kill(watchdog, 'SIGKILL');
  // Nobody hears of it any more; its entry stays until somebody comes.
  await younger.says('seqx: memory: resumed', 'stderr');
  await goesOn(scratch, younger);
  await letGo(younger);
  expect(await ask(scratch, ['kill-all', '--yes'])).toMatchObject({ code: 0 });
  await scratch.settle();
});

test('the command itself: the run ends as it does without seqx', async () => {
  await using scratch = new Scratch();
  const { older, younger } = await pressed(scratch);
  process.kill(recordOf(scratch, younger)?.command?.pid ?? 0, 'SIGKILL');
  expect(await younger.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  await letGo(older);
  await scratch.settle();
});

test('nobody: a watchdog that stands still itself is replaced, and the tree is not left behind', async () => {
  await using scratch = new Scratch();
  const { older, younger } = await pressed(scratch, ['perl', fixture('count-up.pl'), '60', '300']);
  process.kill(watchdogOf(scratch, younger), 'SIGSTOP');
  shrink(older);
  expect(await younger.ended).toMatchObject({ code: 7 });
  expect(commandState(scratch, older)).toBe('S');
  expect(isSuspended(scratch, older)).toBe(false);
  await letGo(older);
  await scratch.settle();
}, 60_000);
