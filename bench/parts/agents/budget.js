// A fixed amount of memory for agents alone. Where a cgroup may be made (root, or a delegated one), the kernel
// keeps it: over the limit it kills one of those inside. Elsewhere the benchmark does so itself, every few
// milliseconds: it ends the greatest. Either way an agent is inside by its own first act, `echo $$ >>FILE`.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../place.js';
import { commandLine } from '../proc.js';

const MB = 2 ** 20;
const LOOK_MS = 10;
const JOIN = 'echo $$ >>"$0" && exec "$@"';

/** What to change in a cgroup, and where it tells what happened. Kernels before 5.19 have no memory.peak. */
const FILES = {
  1: {
    limit: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
  },
  2: { limit: ['memory.max'], peak: 'memory.peak', events: 'memory.events' },
};

/** @returns who keeps the budget here, with `open(mb)` for each run */
export function budgetKeeper(place, { played = false } = {}) {
  const site = played ? undefined : cgroupSites().find(({ version, parent }) => mayUse(version, parent));
  let count = 0;
  return {
    how: site
      ? `a cgroup (v${site.version}), kept by the kernel`
      : 'kept by the benchmark itself, which ends the greatest',
    open: mb => {
      count += 1;
      const name = `seqx-bench-${process.pid}-${count}`;
      return site
        ? new Cgroup(site.version, join(site.parent, name), mb)
        : new Watch(place.path(name), place.root, mb);
    },
  };
}

/** Words that run `words` inside. */
const inside = (file, words) => ['/bin/sh', '-c', JOIN, file, ...words];

class Cgroup {
  #files;
  #folder;

  constructor(version, folder, mb) {
    this.#files = FILES[version];
    this.#folder = folder;
    mkdirSync(folder);
    // Whatever ends the benchmark: a cgroup is no file in a temporary folder.
    process.once('exit', this.#remove);
    const [limit, withSwap] = this.#files.limit;
    writeFileSync(join(folder, limit), String(mb * MB));
    const swap = join(folder, version === 2 ? 'memory.swap.max' : withSwap);
    if (existsSync(swap)) writeFileSync(swap, version === 2 ? '0' : String(mb * MB));
    // A kernel that cannot tell the peak or the kills is no measure.
    this.peakMb();
    this.kills();
  }

  wrap(words) {
    return inside(join(this.#folder, 'cgroup.procs'), words);
  }

  peakMb() {
    return Number(readFileSync(join(this.#folder, this.#files.peak), 'utf8')) / MB;
  }

  kills() {
    const events = readFileSync(join(this.#folder, this.#files.events), 'utf8');
    return Number(/^oom_kill (\d+)$/m.exec(events)[1]);
  }

  async close() {
    const isEmpty = () => readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8') === '';
    await until('the cgroup is empty', isEmpty);
    rmdirSync(this.#folder);
    process.off('exit', this.#remove);
  }

  #remove = () => {
    if (existsSync(this.#folder)) rmdirSync(this.#folder);
  };
}

/** Adds up the agents' own memory (RSS less the files of perl) and ends the greatest when it is too much. */
class Watch {
  #file;
  #root;
  #budgetMb;
  #timer;
  #peakMb = 0;
  #killed = new Set();

  constructor(file, root, budgetMb) {
    this.#file = file;
    this.#root = root;
    this.#budgetMb = budgetMb;
    writeFileSync(file, '');
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  #look() {
    const agents = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1).map(Number).flatMap(this.#agent);
    const usedMb = agents.reduce((total, { mb }) => total + mb, 0);
    this.#peakMb = Math.max(this.#peakMb, usedMb);
    if (usedMb <= this.#budgetMb) return;
    const [greatest] = agents.sort((a, b) => b.mb - a.mb);
    process.kill(greatest.pid, 'SIGKILL');
    this.#killed.add(greatest.pid);
  }

  /** Ours by its words: they name files of this benchmark's own folder. */
  #agent = pid => {
    try {
      if (this.#killed.has(pid) || !commandLine(pid).some(word => word.startsWith(this.#root))) return [];
      const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ').map(Number);
      return { pid, mb: ((resident - shared) * pageBytes) / MB };
    } catch {
      return [];
    }
  };

  wrap(words) {
    return inside(this.#file, words);
  }

  peakMb() {
    return this.#peakMb;
  }

  kills() {
    return this.#killed.size;
  }

  async close() {
    clearInterval(this.#timer);
    rmSync(this.#file);
  }
}

const pageBytes = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** Where a cgroup of ours could be: below our own, or (v2 has processes in leaves only) beside it. */
function cgroupSites() {
  const own = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap(line => {
      const [places, kinds = ''] = line.split(' - ');
      const [, , , root, point] = places.split(' ');
      const [type, , options = ''] = kinds.split(' ');
      const version = type === 'cgroup2' ? 2 : 1;
      if (version === 1 && !(type === 'cgroup' && options.split(',').includes('memory'))) return [];
      const path = own
        .map(text => /^\d+:([^:]*):(.*)$/.exec(text) ?? [])
        .find(([, names]) => (version === 2 ? names === '' : names?.split(',').includes('memory')))?.[2];
      if (path === undefined) return [];
      const folder = join(point, root === '/' ? path : path.slice(root.length));
      return (version === 2 ? [folder, join(folder, '..')] : [folder]).map(parent => ({ version, parent }));
    });
}

/** Tried, not guessed: make one, limit it, have a process join it. */
function mayUse(version, parent) {
  const folder = join(parent, `seqx-bench-${process.pid}-try`);
  try {
    const cgroup = new Cgroup(version, folder, 64);
    const [file, ...words] = cgroup.wrap(['true']);
    execFileSync(file, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    if (existsSync(folder)) rmdirSync(folder);
  }
}
