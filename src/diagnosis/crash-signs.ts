// How a death by memory is written, by Node, by the system, and by what stands around them. Pure.

/**
 * How it died. `heap`: no room for more objects; `thrash`: V8 gave up collecting; `single`: one allocation did
 * not fit even after a last resort collection; `length`: something longer than V8 can make it; `native`: the
 * system refused memory outside the heap; `buffer`: the same for an ArrayBuffer; `worker`: the limit of a
 * worker thread; `kernel`: the OOM killer or its like; `seqx`: seqx's own watchdog; `code`: an exit code alone.
 */
export type DeathKind =
  | 'heap'
  | 'thrash'
  | 'single'
  | 'length'
  | 'native'
  | 'buffer'
  | 'worker'
  | 'kernel'
  | 'seqx'
  | 'code';

const OOM = String.raw`FATAL\s+ERROR:\s+([^\n]*?)\s*Allocation\s+failed\s+-\s+`;
/** How each death is written; what they capture is the place in V8 that gave up. */
export const SIGNS: readonly (readonly [DeathKind | 'v8', RegExp])[] = [
  ['v8', new RegExp(String.raw`${OOM}(?:JavaScript\s+heap|process)\s+out\s+of\s+memory`, 'g')],
  // `OOM in` is what it says before there is a heap: ulimit -v 600000; node -e 0
  [
    'v8',
    /#\s+Fatal\s+(?:process|JavaScript)\s+(?:invalid\s+size\s+error|out\s+of\s+memory|OOM\s+in):?\s*([^\n]*)/g,
  ],
  ['worker', /\[ERR_WORKER_OUT_OF_MEMORY\][^\n]*/g],
  ['buffer', /RangeError[^\n]*: (?:Array buffer allocation failed|Failed to allocate memory)/g],
  ['buffer', /RangeError[^\n]*: WebAssembly\.[^\n]*(?:could not allocate memory|[Oo]ut of memory)[^\n]*/g],
  [
    'length',
    /RangeError[^\n]*: (?:Invalid (?:array|string) length|(?:Map|Set) maximum size exceeded|Invalid typed array length[^\n]*)|Cannot create a string longer than [^\n]*/g,
  ],
  ['native', /std::bad_alloc|(?:fork|spawn)[^\n]*(?:ENOMEM|Cannot allocate memory)/g],
  ['native', /\bENOMEM: not enough memory[^\n]*/g],
  ['kernel', /(?:Memory cgroup out|Out) of memory: Kill(?:ed)? process [^\n]*/g],
  ['kernel', /(?<!memory: )Killed process \d+ \([^\n]*/g],
  ['kernel', /(?:killed by the OOM killer|systemd-oomd[^\n]*[Kk]illed|OOMKilled)[^\n]*/g],
  ['seqx', /seqx: memory: [^\n]*is over the [^\n]*limit; ending[^\n]*/g],
];

/** Weaker: of a log that was cut above, the native stack below V8's last words. */
export const FRAMES = [/\bv8::(?:internal::)?\w{1,40}::FatalProcessOutOfMemory\b/g];

/** Weakest: what a shell, make, npm or docker says of a program that died so. */
export const CODES = [
  /(?:exit(?:ed)?(?: with)?(?: \(?code| status)?|errno|code|signal)\)?[:=]? ?\b(?:134|137|SIGKILL|SIGABRT)\b/gi,
  /\bAborted \(core dumped\)|\bSIGABRT\b|\bSIGKILL\b|\bAbort trap: 6\b|(?<=\] )Error 13[47]\b|\bzsh: (?:killed|abort)\b/g,
  // Of a shell or make, perhaps behind the time that CI puts there; bash fills up with spaces to the command:
  // `build.sh: line 3:  4550 Killed                  node x.js`
  /(?<=^|\dZ |\]\+? {1,4}|: {1,3}\d{1,7} )(?:Killed|Aborted)(?=$| {2,40}\S)/gm,
];

/** Whether these words of `CODES` tell of SIGKILL (137); the others tell of SIGABRT (134). */
export const isKilled = (words: string): boolean => /137|kill/i.test(words);

/** From the place in V8 that gave up, as Node 12 to 26 name it. */
export function v8Kind(place: string, sentence: string): DeathKind {
  if (/ineffective mark-compacts/i.test(place)) return 'thrash';
  if (/CALL_AND_RETRY/i.test(place)) return 'single';
  if (/invalid (array length|table size|size)|invalid size error/i.test(`${place} ${sentence}`))
    return 'length';
  if (/reached heap limit|promotion failed|semi-space copy|scavenger/i.test(place)) return 'heap';
  const isRefusal = /committing|EnsureCurrentCapacity|zone|worklist|segment|reserv|code ?range|backing/i;
  return isRefusal.test(place) || /process\s+(?:out\s+of\s+memory|OOM)/.test(sentence) ? 'native' : 'heap';
}
