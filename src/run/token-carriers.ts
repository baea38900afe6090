// Processes of a gate's runs, whether these still hold it or not: those that carry a token of the gate. Which of
// them nobody needs any more is decided here, too; pure, from who lives.

import { parseId } from '../base/identity.ts';
import type { Platform, ProcessFacts, World } from '../base/ports.ts';
import { sparedPids } from './process-tree.ts';

export interface TokenCarrier extends ProcessFacts {
  /** All runs it belongs to, outermost first. */
  readonly chain: readonly string[];
  /** Those of them that are of this gate. */
  readonly tokens: readonly string[];
}

/**
 * Own processes with a token of this gate, without ourselves and those that are gone.
 * @param purpose whether it is asked who may be ended, which our ancestors never may, or who uses memory, which they do
 */
export async function tokenCarriers(
  { gate, platform }: Pick<World, 'gate' | 'platform'>,
  purpose: 'ending' | 'memory' = 'ending',
): Promise<TokenCarrier[]> {
  const table = await platform.processes();
  const spared = purpose === 'ending' ? sparedPids(table, process.pid) : new Set([0, 1, process.pid]);
  const { boot } = platform.self();
  return table.flatMap(facts => {
    if (spared.has(facts.pid) || facts.state === 'Z') return [];
    const chain = platform.runChain(facts.pid) ?? [];
    const tokens = chain.filter(token => isTokenOf(gate.hash, token, boot));
    if (tokens.length === 0) return [];
    return platform.ownerUid(facts.pid) === platform.uid() ? { ...facts, chain, tokens } : [];
  });
}

/**
 * A look-alike is no proof: the id must be one that seqx wrote, on this boot. Pid 1 leaves nobody behind: it held the
 * gate, gave it back, and goes on, with all that it ever starts.
 */
function isTokenOf(hash: string, token: string, boot: string): boolean {
  const identity = token.startsWith(`${hash}:`) ? parseId(token.slice(hash.length + 1)) : undefined;
  return identity?.boot === boot && identity.pid !== 1;
}

/** What the carriers of dead runs are: free to be ended, or in use by a run that lives. */
export interface DeadRunProcesses {
  readonly leftovers: readonly TokenCarrier[];
  /** Tokens by which exactly the leftovers are found. */
  readonly tokens: readonly string[];
}

/**
 * A leftover's runs are all dead. One that a living run has come from (a daemon that starts builds, say) is left
 * alone with everybody who shares a token with that run: ending by token would end the run with it.
 * @param isAlive whether the owner of a run lives; who cannot be judged does
 * @param busyPids processes that wait or hold somewhere
 */
export function leftoversOf(
  carriers: readonly TokenCarrier[],
  isAlive: (token: string) => boolean,
  busyPids: ReadonlySet<number>,
): DeadRunProcesses {
  const inUse = new Set(
    carriers
      .filter(({ pid, chain }) => busyPids.has(pid) || chain.some(isAlive))
      .flatMap(({ tokens }) => tokens),
  );
  const leftovers = carriers.filter(({ tokens }) => !tokens.some(token => inUse.has(token)));
  return { leftovers, tokens: [...new Set(leftovers.flatMap(({ tokens }) => tokens))] };
}

/** Whether the owner that a token names lives, by pid and start time; of another namespace it is not known. */
export function ownerLives(
  token: string,
  platform: Pick<Platform, 'self' | 'look' | 'isSameStart'>,
): boolean {
  const identity = parseId(token.slice(token.indexOf(':') + 1));
  const self = platform.self();
  if (!identity || identity.boot !== self.boot) return false;
  if (identity.namespace !== self.namespace) return true;
  const now = platform.look(identity.pid);
  return now !== undefined && now.state !== 'Z' && platform.isSameStart(now.start, identity.start);
}
