// Which descriptors our caller gave us, from /proc/self/fd: Node says nothing about those it did not open itself.

import { constants, fstatSync, readdirSync } from 'node:fs';
import { readLink, readProc } from './proc.ts';

/**
 * What our caller opened for us. Node's own descriptors are event polls, event counters and pipes of which it has
 * both ends (one of them blocking: libuv's lock around signals); make's jobserver is named, whatever it looks like.
 */
export function inheritedDescriptors(): number[] {
  const links = new Map<number, string>();
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    const link = fd >= 3 ? readLink(`/proc/self/fd/${fd}`) : undefined;
    if (link !== undefined) links.set(fd, link);
  }
  const jobserver = JOBSERVER_VARIABLES.flatMap(name => jobserverDescriptors(process.env[name]));
  const own = pipesWithBothEnds(links);
  const isNodesOwn = (link: string) => /^anon_inode:|^\/proc\//.test(link) || own.has(link);
  return [...links]
    .filter(([fd, link]) => jobserver.includes(fd) || !isNodesOwn(link))
    .map(([fd]) => fd)
    .filter(isOpen);
}

/** FD_CLOEXEC as fdinfo shows it: O_CLOEXEC of asm-generic/fcntl.h, which fs.constants lacks. */
const CLOSES_ON_EXEC = 0o2000000;

/**
 * What came through exec(2), whatever it is: it lacks the flag that all of Node's own have (epoll, eventfd, inotify,
 * pipes, sockets: seen with Node 20). In a child of Node this is what no scan at its start has met, for that
 * scan sets the flag.
 */
export function slippedDescriptors(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter(fd => fd >= 3 && isOpen(fd) && (flagsOf(fd) & CLOSES_ON_EXEC) === 0);
}

const JOBSERVER_VARIABLES = ['MAKEFLAGS', 'CARGO_MAKEFLAGS'];

function jobserverDescriptors(makeFlags: string | undefined): number[] {
  const match = /--jobserver-(?:auth|fds)=(\d+),(\d+)/.exec(makeFlags ?? '');
  return match ? [Number(match[1]), Number(match[2])] : [];
}

function pipesWithBothEnds(links: ReadonlyMap<number, string>): ReadonlySet<string> {
  const withEnd = (end: number) =>
    new Set(
      [...links]
        .filter(([fd, link]) => link.startsWith('pipe:') && accessMode(fd) === end)
        .map(([, link]) => link),
    );
  const readable = withEnd(constants.O_RDONLY);
  return new Set([...withEnd(constants.O_WRONLY)].filter(link => readable.has(link)));
}

const accessMode = (fd: number): number => flagsOf(fd) & (constants.O_WRONLY | constants.O_RDWR);

function flagsOf(fd: number): number {
  const flags = /^flags:\s+(\d+)/m.exec(readProc(`/proc/self/fdinfo/${fd}`) ?? '')?.[1] ?? '0';
  return Number.parseInt(flags, 8);
}

/** The descriptor that listed the folder is closed again by now. */
function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
