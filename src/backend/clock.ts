// The real clock. hrtime is one monotonic clock for all processes of a boot (CLOCK_MONOTONIC,
// mach_continuous_time, QPC), so it orders arrivals and is immune to a wall clock that jumps.

import type { Clock } from '../base/ports.ts';

export const realClock: Clock = {
  nowNs: () => process.hrtime.bigint(),
  wallMs: () => Date.now(),
  after: (ms, action) => {
    // setTimeout fires at once above 2^31 ms (24.8 days); nobody's limit may turn into "now".
    const timer = setTimeout(action, Math.min(ms, 0x7fff_ffff));
    return () => clearTimeout(timer);
  },
};
