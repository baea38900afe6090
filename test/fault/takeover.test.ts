// Entries of owners that are dead, alive, or hard to tell: only proof of death frees the slot.

import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatId, type Identity } from '../../src/base/identity.ts';
import { linuxPlatform } from '../../src/platform/linux.ts';
import { listPids, readStat } from '../../src/platform/proc.ts';
import { missing } from '../helpers/capability.ts';
import { gateFolder, holdHere } from '../helpers/held-gate.ts';
import { SEQX } from '../helpers/paths.ts';
import { Puppet } from '../helpers/puppet.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const NOBODY = 65_534;
const me: Identity = { ...linuxPlatform().self(), arrivalNs: 1n, nonce: '00000001' };

/** The pid of a process as an identity of this boot. */
const identityOf = (pid: number): Identity => ({ ...me, pid, start: readStat(pid)?.start ?? '0' });

async function leaveEntry(scratch: Scratch, name: string, text = ''): Promise<string> {
  await (await holdHere(scratch)).release();
  const slot = join(await gateFolder(scratch), 'slots', '0');
  mkdirSync(slot, { recursive: true });
  writeFileSync(join(slot, name), text);
  return slot;
}

const impatient = (scratch: Scratch) => scratch.seqx(['--wait', '400ms', 'true']).ended;

describe('cleared at once', () => {
  const DEAD: readonly [string, Identity][] = [
    ['a pid in use again, by another process', { ...me, start: String(Number(me.start) - 1) }],
    ['another boot', { ...me, boot: me.boot === '00000000' ? '00000001' : '00000000' }],
    ['a pid that is not in use', { ...me, pid: 4_194_304 }],
  ];
  test.each(DEAD)('%s', async (_what, identity) => {
    await using scratch = new Scratch();
    await leaveEntry(scratch, formatId(identity), 'no JSON at all \0\u00ff');
    expect(await impatient(scratch)).toMatchObject({ code: 0 });
    await scratch.settle();
  });

  test('a zombie', async () => {
    await using scratch = new Scratch();
    const parent = scratch.start('perl', [
      '-e',
      '$|=1; my $pid = fork; exit unless $pid; print "$pid\\n"; sleep 300',
    ]);
    await parent.says('\n');
    const pid = Number(parent.stdout);
    await until('the child is a zombie', () => readStat(pid)?.state === 'Z');
    await leaveEntry(scratch, formatId(identityOf(pid)));
    expect(await impatient(scratch)).toMatchObject({ code: 0 });
  });
});

const isRoot = process.getuid?.() === 0;

describe('kept', () => {
  test('a living owner, whatever its entry and ticket say', async () => {
    await using scratch = new Scratch();
    const owner = await Puppet.inside(scratch);
    const folder = await gateFolder(scratch);
    for (const part of ['slots/0', 'q']) {
      for (const name of readdirSync(join(folder, part)))
        writeFileSync(join(folder, part, name), '{"pid":1}');
    }
    expect(await impatient(scratch)).toMatchObject({ code: 75 });
    owner.go();
    expect(await owner.wasInsideAlone()).toBe(true);
    await scratch.settle();
  });

  // Where /proc shows only one's own processes, kill(2) is all there is: it says EPERM, which is alive. A proc
  // mount has options of its own since Linux 5.8.
  const hidden = [
    'unshare',
    '--mount',
    'sh',
    '-c',
    'mount -t proc -o hidepid=2 proc /proc && exec "$@"',
    'sh',
  ];
  const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const [file = '', ...words] = [...hidden, ...asNobody];
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const cannotHide = major * 100 + minor < 508 || !isRoot || spawnSync(file, [...words, 'true']).status !== 0;
  test.skipIf(missing(cannotHide, 'proc cannot be mounted with hidepid'))(
    'an owner of another user, whom /proc does not show and kill may not ask (EPERM)',
    async () => {
      await using scratch = new Scratch();
      await leaveEntry(scratch, formatId(me));
      giveTo(NOBODY, scratch.root);
      const contender = scratch.start(file, [...words, process.execPath, SEQX, '--wait', '400ms', 'true']);
      expect(await contender.ended).toMatchObject({ code: 75 });
    },
  );

  const SYS_EXIT: Record<string, number> = { x64: 60, arm64: 93 };
  const exit = SYS_EXIT[process.arch];
  const hasThreads = spawnSync('perl', ['-Mthreads', '-e', '1']).status === 0;
  const lacksThreads = missing(!hasThreads || exit === undefined, 'perl has no threads');
  test.skipIf(lacksThreads)('a zombie leader whose other threads live', async () => {
    await using scratch = new Scratch();
    const code = `threads->create(sub { sleep 300 }); print "up\\n"; syscall(${exit}, 0)`;
    const leader = scratch.start('perl', ['-Mthreads', '-e', `$|=1; ${code}`]);
    await until('the leader is a zombie', () => readStat(leader.pid)?.state === 'Z');
    await leaveEntry(scratch, formatId(identityOf(leader.pid)));
    expect(await impatient(scratch)).toMatchObject({ code: 75 });
  });

  const unshare = [
    'unshare',
    ...(isRoot ? [] : ['--map-root-user']),
    '--pid',
    '--fork',
    '--mount-proc',
  ] as const;
  const cannotUnshare = spawnSync(unshare[0], [...unshare.slice(1), 'true']).status !== 0;
  test.skipIf(missing(cannotUnshare, 'unshare --pid is not allowed'))(
    'an owner in another pid namespace, by its socket alone, until it dies',
    async () => {
      await using scratch = new Scratch();
      const script = `'${process.execPath}' '${SEQX}' sh -c 'echo inside; exec sleep 300'; :`;
      const outer = scratch.start(unshare[0], [...unshare.slice(1), 'sh', '-c', script]);
      await outer.says('inside');
      expect(await impatient(scratch)).toMatchObject({ code: 75 });
      const [socket = ''] = readdirSync(join(await gateFolder(scratch), 's'), { encoding: 'utf8' });
      const path = join(await gateFolder(scratch), 's', socket);
      renameSync(path, join(scratch.root, 'socket'));
      expect(await impatient(scratch), 'without its socket nothing is proven').toMatchObject({ code: 75 });
      renameSync(join(scratch.root, 'socket'), path);
      // --fork without --kill-child: its only child is the namespace's init, and all of it dies with that.
      const init = listPids().find(pid => readStat(pid)?.ppid === outer.pid);
      process.kill(init ?? 0, 'SIGKILL');
      await outer.exited;
      expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
      await scratch.settle();
    },
  );
});

function giveTo(uid: number, folder: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const path of ['.', ...names]) chownSync(join(folder, path), uid, uid);
}
