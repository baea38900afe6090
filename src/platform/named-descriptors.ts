// The descriptors that a caller named to us: make's jobserver in MAKEFLAGS, /dev/fd/N words, which is what a
// shell makes of <(process substitution), and the fd:N of --events. Pure; where the system cannot list open files
// this is all we know.

/** Numbers from 3 upwards, ascending, each once; nothing says yet that they are open. */
export function namedDescriptors(makeFlags: string | undefined, words: readonly string[]): number[] {
  const jobserver = /--jobserver-(?:auth|fds)=(\d+),(\d+)/.exec(makeFlags ?? '')?.slice(1) ?? [];
  const paths = words.flatMap(word =>
    [...word.matchAll(/(?:\/dev\/fd\/|^fd:|^--events=fd:)(\d+)/g)].map(match => match[1]),
  );
  const numbers = new Set([...jobserver, ...paths].map(Number));
  return [...numbers].filter(fd => fd > 2 && fd <= 0xffff).sort((a, b) => a - b);
}
