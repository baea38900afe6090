// Are we inside a run that holds a gate? Proof, not faith: the run's entry exists now, and we descend from
// its command. An inherited SEQX_RUN alone proves nothing: a daemon started under a run carries it for ever.

import { parseId } from '../base/identity.ts';
import type { GateStores, Platform, ProcessRef, World } from '../base/ports.ts';
import { parseRunChain, RUN_VARIABLE, runToken } from '../base/run-token.ts';

/** Who asks to pass. */
export interface Asker {
  readonly env: NodeJS.ProcessEnv;
  /** Tokens that this very process holds around the call; they need no proof. */
  readonly inside: readonly string[];
  /** The process on whose behalf we ask; it may be the holder itself. */
  readonly owner?: ProcessRef | undefined;
}

/**
 * Tokens of the runs we are proven to be inside of, outermost first. Where the environment was scrubbed
 * (sudo, env -i), the command of this gate's holder among our ancestors is enough.
 */
export function provenChain({ env, inside, owner }: Asker, world: World): string[] {
  const claimed = parseRunChain(env[RUN_VARIABLE]);
  const own = world.slots.occupants().map(id => runToken(world.gate.hash, id));
  const candidates = [...new Set([...claimed, ...own])];
  if (candidates.length + inside.length === 0) return [];
  const ancestors = owner
    ? [owner, ...ancestorsOf(owner.pid, world.platform)]
    : ancestorsOf(process.pid, world.platform);
  const proven = candidates.filter(token => isInside(token, claimed.includes(token), ancestors, world));
  return [...proven, ...inside];
}

function isInside(
  token: string,
  isClaimed: boolean,
  ancestors: readonly ProcessRef[],
  world: World,
): boolean {
  const [hash = '', id = ''] = token.split(':');
  const identity = /^[0-9a-f]{16}$/.test(hash) ? parseId(id) : undefined;
  if (!identity) return false;
  const { slots }: GateStores = hash === world.gate.hash ? world : world.gateStores(hash);
  if (!slots.confirm(id)) return false;
  const command = slots.readRecord(id)?.command;
  const has = (ref: ProcessRef) =>
    ancestors.some(({ pid, start }) => pid === ref.pid && world.platform.isSameStart(start, ref.start));
  // The wrapper itself only together with the token: a library's process has other children, too.
  return (command !== undefined && has(command)) || (isClaimed && has(identity));
}

/** Parents up to and including init, with their start times: in a container pid 1 may be who holds. */
export function ancestorsOf(pid: number, platform: Platform): ProcessRef[] {
  const ancestors: ProcessRef[] = [];
  for (let at = platform.look(pid)?.ppid ?? 0; at > 0 && ancestors.length < 1_000; ) {
    const facts = platform.look(at);
    if (!facts) break;
    ancestors.push({ pid: at, start: facts.start });
    at = facts.ppid;
  }
  return ancestors;
}
