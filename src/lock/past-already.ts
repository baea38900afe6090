// Going past the gate is counted once: what runs inside a run that went past, or that holds the gate, passes
// nothing. Proof as in prove-nesting.ts, but for the slot entry, which a bypass has none of.

import { parseId } from '../base/identity.ts';
import type { World } from '../base/ports.ts';
import { parseRunChain, RUN_VARIABLE } from '../base/run-token.ts';
import { type Asker, ancestorsOf } from './prove-nesting.ts';

/** Whether one of the runs that SEQX_RUN names is of this gate, and its process lives above us. */
export function isPastAlready(
  { env, owner }: Omit<Asker, 'inside'>,
  { gate, platform }: Pick<World, 'gate' | 'platform'>,
): boolean {
  const claimed = parseRunChain(env[RUN_VARIABLE])
    .map(token => token.split(':'))
    .flatMap(([hash, id = '']) => (hash === gate.hash ? (parseId(id) ?? []) : []));
  if (claimed.length === 0) return false;
  const above = owner ? [owner, ...ancestorsOf(owner.pid, platform)] : ancestorsOf(process.pid, platform);
  return claimed.some(run =>
    above.some(({ pid, start }) => pid === run.pid && platform.isSameStart(start, run.start)),
  );
}
