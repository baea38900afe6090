// How many tasks at once, from figures alone. Pure, tested by a table.

export interface ConcurrencyFacts {
  /** Processors that this process may use. */
  readonly cpus: number;
  /** What more the machine, or the cgroup around us, has to give. */
  readonly availableBytes: number;
  /** What one task is expected to need at its peak. */
  readonly taskBytes: number;
  /** The most that is wanted, whatever there is. */
  readonly most?: number | undefined;
}

/** The rest is for everybody else on the machine, and for tasks that need more than was expected. */
const USABLE_SHARE = 0.8;

/** As many tasks as there are processors and as memory has room for; at least one. */
export function bestConcurrency({
  cpus,
  availableBytes,
  taskBytes,
  most = Infinity,
}: ConcurrencyFacts): number {
  const roomFor = taskBytes > 0 ? (availableBytes * USABLE_SHARE) / taskBytes : Number.POSITIVE_INFINITY;
  return Math.max(1, Math.floor(Math.min(cpus, roomFor, most)));
}
