// Going past the gate is counted once: what runs inside a run that went past, or that holds the gate, passes
// nothing. Proof as in prove-nesting.ts, but a bypass has no slot entry: its token says by its arrival that it is one.
// The token of a hold that was given back stays in the environment, and says nothing: what goes past then is counted.

import { hasArrived, parseId } from '../base/identity.ts';
import type { World } from '../base/ports.ts';
import { parseRunChain, RUN_VARIABLE } from '../base/run-token.ts';
import { type Asker, ancestorsOf } from './prove-nesting.ts';

/** Whether one of the runs that SEQX_RUN names is of this gate, and its process lives above us. */
export function isPastAlready(
  { env, owner }: Omit<Asker, 'inside'>,
  { gate, platform, slots }: Pick<World, 'gate' | 'platform' | 'slots'>,
): boolean {
  const claimed = parseRunChain(env[RUN_VARIABLE])
    .map(token => token.split(':'))
    .flatMap(([hash, id = '']) => {
      const run = hash === gate.hash ? parseId(id) : undefined;
      return run && (!hasArrived(run) || slots.confirm(id)) ? run : [];
    });
  if (claimed.length === 0) return false;
  const above = owner ? [owner, ...ancestorsOf(owner.pid, platform)] : ancestorsOf(process.pid, platform);
  return claimed.some(run =>
    above.some(({ pid, start }) => pid === run.pid && platform.isSameStart(start, run.start)),
  );
}
