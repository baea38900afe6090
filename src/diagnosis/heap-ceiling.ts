// What one heap may have of a machine or container, for advice about limits. Pure.

/** The rest is for everything beside it. */
export const HEAP_SHARE = 0.75;
/** Round figures, as far as the machine is not smaller than they are. */
const STEP_MB = 256;
const SMALL_STEP_MB = 16;

/** @param machineBytes what the machine (or its container) has in all */
export function heapCeilingMb(machineBytes: number): number {
  const most = (machineBytes * HEAP_SHARE) / 2 ** 20;
  const step = most < STEP_MB ? SMALL_STEP_MB : STEP_MB;
  return Math.max(SMALL_STEP_MB, Math.floor(most / step) * step);
}

/** Twice the limit of now, as a round figure, and never more than the ceiling. */
export const raisedMb = (nowMb: number, machineBytes: number): number =>
  Math.min(heapCeilingMb(machineBytes), Math.ceil((2 * nowMb) / STEP_MB) * STEP_MB);
