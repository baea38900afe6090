// The real clock. hrtime is one monotonic clock for all processes of a boot (CLOCK_MONOTONIC,
// mach_continuous_time, QPC), so it orders arrivals and is immune to a wall clock that jumps.

import type { Clock } from '../base/ports.ts';

const LONGEST_TIMER_MS = 0x7fff_ffff;

export const realClock: Clock = {
  nowNs: () => process.hrtime.bigint(),
  wallMs: () => Date.now(),
  after: (ms, action) => {
    let timer: ReturnType<typeof setTimeout>;
    // setTimeout fires at once above 2^31 ms (24.8 days); nobody's limit may turn into "now".
    const arm = (leftMs: number) => {
      const isLast = leftMs <= LONGEST_TIMER_MS;
      timer = setTimeout(
        isLast ? action : () => arm(leftMs - LONGEST_TIMER_MS),
        isLast ? leftMs : LONGEST_TIMER_MS,
      );
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};
