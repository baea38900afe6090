// What Linux tells about processes: CPU spent, memory, children. CPU of a process itself comes in nanoseconds
// (schedstat of its threads) where the kernel keeps it, else in hundredths of a second (stat).

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const tickMs = 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Fields of /proc/PID/stat from the third on: state is 0, utime 11, stime 12, cutime 13, cstime 14. */
function statFields(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** CPU that a process and the children it has waited for have spent, milliseconds. */
export function cpuMs(pid) {
  const fields = statFields(pid);
  const waitedFor = (Number(fields[13]) + Number(fields[14])) * tickMs;
  return waitedFor + (threadsMs(pid) ?? (Number(fields[11]) + Number(fields[12])) * tickMs);
}

function threadsMs(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((total, tid) => {
      const nanoseconds = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').split(' ')[0];
      return total + Number(nanoseconds) / 1e6;
    }, 0);
  } catch {
    return undefined;
  }
}

/** Proportional memory, bytes: pages that n processes share count as one n-th for each. */
export function pssBytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)[1]) * 1_024;
}

export function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    .split(' ')
    .flatMap(word => (word === '' ? [] : Number(word)));
}

export function descendantsOf(pid) {
  return childrenOf(pid).flatMap(child => [child, ...descendantsOf(child)]);
}

export const commandLine = pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);

/** How many wait in flock(2) for a file: /proc/locks marks them with `->` and names the inode. */
export const blockedOn = inode =>
  readFileSync('/proc/locks', 'latin1')
    .split('\n')
    .filter(line => line.includes('->') && line.includes(`:${inode} `)).length;
