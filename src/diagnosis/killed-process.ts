// What the kernel's OOM killer and its like write about their victim. Pure: text in, facts out.

/** What the kernel wrote about its victim. */
export interface KilledProcess {
  readonly pid: number | undefined;
  readonly program: string | undefined;
  readonly residentMb: number | undefined;
  /** A limit of its cgroup (container, unit), not the machine's own memory. */
  readonly isCgroup: boolean;
  readonly cgroupLimitMb: number | undefined;
}

/** @param text a log without colours */
export function readKilled(text: string): KilledProcess {
  const victim = [...text.matchAll(/Kill(?:ed)? process (\d+),? \(([^)]*)\)/g)].at(-1);
  const residentKib = lastNumber(/total-vm:\d+kB, anon-rss:(\d+)kB/g, text);
  const limitKib = lastNumber(/memory: usage \d+kB, limit (\d+)kB/g, text);
  return {
    pid: victim && Number(victim[1]),
    program: victim?.[2],
    residentMb: residentKib === undefined ? undefined : residentKib / 1024,
    isCgroup: /Memory cgroup out of memory|CONSTRAINT_MEMCG|OOMKilled|of this unit/.test(text),
    // 2^53 pages and the like stand for no limit.
    cgroupLimitMb: limitKib === undefined || limitKib > 2 ** 40 ? undefined : limitKib / 1024,
  };
}

/** The last number that a pattern captures. */
export function lastNumber(pattern: RegExp, text: string): number | undefined {
  const found = [...text.matchAll(pattern)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}
