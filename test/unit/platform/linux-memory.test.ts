// What the files of Linux say about memory: contents as real machines show them.

import { describe, expect, test } from 'vitest';
import {
  cgroupFolders,
  cgroupMemory,
  linuxMemory,
  parseCgroupMounts,
  parseMeminfo,
  parsePressure,
  tightestOf,
} from '../../../src/platform/linux-memory.ts';

const GIB = 2 ** 30;

const MEMINFO = `MemTotal:       24684084 kB
MemFree:        19070228 kB
MemAvailable:   22411584 kB
Buffers:           23680 kB
SwapCached:            0 kB
SwapTotal:       2097148 kB
SwapFree:        1048574 kB
HugePages_Total:       0
`;

// Debian 12 with systemd, cgroup v2 alone.
const V2_HOST = `24 31 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
31 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`;
// A v1 machine with each controller on its own, and v2 without controllers beside it.
const V1_HOST = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
// Docker on v1 without a cgroup namespace: the container's own cgroup is what is mounted.
const V1_DOCKER = `1017 1016 0:33 /docker/3601745b3bd5 /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:16 - cgroup cgroup rw,memory
`;

describe('/proc/meminfo', () => {
  test('in bytes', () => {
    expect(parseMeminfo(MEMINFO)).toEqual({
      totalBytes: 24684084 * 1024,
      availableBytes: 22411584 * 1024,
      swapTotalBytes: 2097148 * 1024,
      swapFreeBytes: 1048574 * 1024,
    });
  });

  test('without MemAvailable, what is free counts', () => {
    const old = MEMINFO.replace(/MemAvailable.*\n/, '');
    expect(parseMeminfo(old).availableBytes).toBe(19070228 * 1024);
  });

  test('a file that cannot be read leaves what Node knows', () => {
    expect(parseMeminfo('')).toMatchObject({ swapTotalBytes: 0, swapFreeBytes: 0 });
    expect(parseMeminfo('').totalBytes).toBeGreaterThan(0);
  });
});

describe('where cgroups are mounted', () => {
  test.each([
    ['v2', V2_HOST, [{ version: 2, root: '/', point: '/sys/fs/cgroup' }]],
    [
      'v1 beside v2',
      V1_HOST,
      [
        { version: 1, root: '/', point: '/sys/fs/cgroup/memory' },
        { version: 2, root: '/', point: '/sys/fs/cgroup/unified' },
      ],
    ],
    [
      'a container on v1',
      V1_DOCKER,
      [{ version: 1, root: '/docker/3601745b3bd5', point: '/sys/fs/cgroup/memory' }],
    ],
    [
      'a mount point with a space',
      '35 31 0:32 / /my\\040groups rw - cgroup2 none rw\n',
      [{ version: 2, root: '/', point: '/my groups' }],
    ],
    ['no cgroups', '24 31 0:22 / /sys rw - sysfs sysfs rw\n', []],
    ['nothing', '', []],
  ])('%s', (_fact, text, mounts) => {
    expect(parseCgroupMounts(text)).toEqual(mounts);
  });
});

describe('the cgroups above us', () => {
  const SESSION = '0::/user.slice/user-1000.slice/session-2.scope\n';
  test.each([
    [
      'every level, innermost first',
      SESSION,
      V2_HOST,
      [
        '/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope',
        '/sys/fs/cgroup/user.slice/user-1000.slice',
        '/sys/fs/cgroup/user.slice',
        '/sys/fs/cgroup',
      ],
    ],
    ['a namespace of our own', '0::/\n', V2_HOST, ['/sys/fs/cgroup']],
    ['a cgroup beside our namespace', '0::/../other\n', V2_HOST, ['/sys/fs/cgroup']],
    [
      'v1 by the memory line, v2 by the one without controllers',
      '5:devices:/dev\n4:cpu,memory:/job:a/7\n0::/\n',
      V1_HOST,
      [
        '/sys/fs/cgroup/memory/job:a/7',
        '/sys/fs/cgroup/memory/job:a',
        '/sys/fs/cgroup/memory',
        '/sys/fs/cgroup/unified',
      ],
    ],
    [
      'a container that sees its own path',
      '4:memory:/docker/3601745b3bd5/inner\n',
      V1_DOCKER,
      ['/sys/fs/cgroup/memory/inner', '/sys/fs/cgroup/memory'],
    ],
    ['a path that the mount does not show', '4:memory:/somewhere\n', V1_DOCKER, ['/sys/fs/cgroup/memory']],
    ['no line for the mount', '5:devices:/dev\n', V2_HOST, []],
  ])('%s', (_fact, text, mounts, paths) => {
    expect(cgroupFolders(text, parseCgroupMounts(mounts)).map(({ path }) => path)).toEqual(paths);
  });
});

describe('the limit of a cgroup', () => {
  const cgroup = (version: 1 | 2, files: Record<string, string>) =>
    cgroupMemory(version, name => files[name]);
  const V2 = {
    'memory.max': '2147483648\n',
    'memory.high': 'max\n',
    'memory.current': '1610612736\n',
    'memory.stat': 'anon 1073741824\nfile 536870912\ninactive_file 268435456\nactive_file 268435456\n',
  };
  const V1 = {
    'memory.limit_in_bytes': '2147483648\n',
    'memory.usage_in_bytes': '1610612736\n',
    'memory.stat': 'inactive_file 1\ntotal_inactive_anon 7\ntotal_inactive_file 268435456\n',
  };
  test.each([
    ['v2', 2, V2, 2 * GIB, 1.25 * GIB],
    ['v2 where memory.high is lower', 2, { ...V2, 'memory.high': '1073741824\n' }, GIB, 1.25 * GIB],
    ['v1, with what is below it', 1, V1, 2 * GIB, 1.25 * GIB],
    ['no memory.stat', 1, { ...V1, 'memory.stat': '' }, 2 * GIB, 1.5 * GIB],
    ['a limit of nothing', 2, { ...V2, 'memory.max': '0\n' }, 0, 1.25 * GIB],
  ] as const)('%s', (_fact, version, files, limitBytes, usedBytes) => {
    expect(cgroup(version, files)).toEqual({ limitBytes, usedBytes });
  });

  test.each([
    ['v2 without limits', { ...V2, 'memory.max': 'max\n' }],
    ['the root of v2, which has no such files', { 'memory.stat': V2['memory.stat'] }],
  ])('none: %s', (_fact, files) => {
    expect(cgroup(2, files)).toBeUndefined();
  });

  test('the level that leaves least counts, be its limit larger', () => {
    const own = { limitBytes: 2 * GIB, usedBytes: GIB };
    const above = { limitBytes: 6 * GIB, usedBytes: 5.5 * GIB };
    expect(tightestOf([own, above], 16 * GIB)).toBe(above);
  });

  test('the v1 number for "no limit" is none', () => {
    expect(
      tightestOf([{ limitBytes: Number('9223372036854771712'), usedBytes: 0 }], 16 * GIB),
    ).toBeUndefined();
  });
});

test.each([
  [
    'some avg10=12.50 avg60=3.00 avg300=0.10 total=123\nfull avg10=2.75 avg60=1.00 avg300=0.00 total=45\n',
    { someAvg10: 12.5, fullAvg10: 2.75 },
  ],
  ['some avg10=1.00 avg60=0.00 avg300=0.00 total=1\n', { someAvg10: 1, fullAvg10: 0 }],
  ['', undefined],
  [undefined, undefined],
])('pressure %j', (text, pressure) => {
  expect(parsePressure(text)).toEqual(pressure);
});

test('this machine has memory, and not more available than there is', () => {
  const { totalBytes, availableBytes, swapFreeBytes, swapTotalBytes } = linuxMemory();
  expect(availableBytes).toBeGreaterThan(0);
  expect(availableBytes).toBeLessThanOrEqual(totalBytes);
  expect(swapFreeBytes).toBeLessThanOrEqual(swapTotalBytes);
});
