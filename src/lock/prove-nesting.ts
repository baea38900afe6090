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
 * @param elsewhere tokens of other gates' holders, to be proven likewise; a run that need not wait asks for none
 */
export function provenChain(
  { env, inside, owner }: Asker,
  world: World,
  elsewhere: readonly string[] = [],
): string[] {
  const claimed = parseRunChain(env[RUN_VARIABLE]);
  const own = world.slots.occupants().map(id => runToken(world.gate.hash, id));
  const candidates = [...new Set([...claimed, ...own, ...elsewhere])];
  if (candidates.length + inside.length === 0) return [];
  const ancestors = owner
    ? [owner, ...ancestorsOf(owner.pid, world.platform)]
    : [world.platform.self(), ...ancestorsOf(process.pid, world.platform)];
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
  const has = (ref: ProcessRef, among = ancestors) =>
    among.some(({ pid, start }) => pid === ref.pid && world.platform.isSameStart(start, ref.start));
  const isHere = hash === world.gate.hash;
  // Elsewhere the name is enough for a no: its process is the command itself (hold), or the command's parent.
  if (!isHere && !isClaimed && !has(identity)) return false;
  const { slots }: GateStores = isHere ? world : world.gateStores(hash);
  if (!slots.confirm(id)) return false;
  const { command, keeper } = slots.readRecord(id) ?? {};
  if (keeper && isGone(keeper, world.platform)) return false;
  // The wrapper only together with the token, and not as our own process: a library's has other children, and
  // other calls.
  const isWrapper = isClaimed && identity.pid !== process.pid && has(identity);
  // Everybody descends from pid 1: where that holds (hold), only its token proves, or to be pid 1 oneself.
  const proving = command?.pid === 1 ? ancestors.slice(0, 1) : ancestors;
  return isWrapper || (command !== undefined && has(command, proving));
}

/** The `seqx hold` was killed before its owner had the gate: nobody is inside of that. */
function isGone({ pid, start }: ProcessRef, platform: Platform): boolean {
  const facts = platform.look(pid);
  if (facts === undefined) return platform.exists(pid) === 'no';
  return facts.state === 'Z' || !platform.isSameStart(facts.start, start);
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
