// Leaving a slot to a watchdog that stays behind (`seqx hold`): it is started, given its order, and only when
// it has the ticket's socket and the first heartbeat is written may the one who took the slot go.

import { messageOf, SeqxError } from '../base/errors.ts';
import type { World } from '../base/ports.ts';
import { startWatchdog } from './start-watchdog.ts';
import { type FromWatchdog, type HoldOrder, messageReader } from './watch-messages.ts';

/** Starting Node takes 30 ms, on a machine that swaps some seconds. */
const READY_MS = 30_000;

/**
 * @param stderr `inherit` where it may speak for itself as long as it stays
 * @throws SeqxError SEQX_COMMAND_UNSTARTED when there is no watchdog: nobody may hold unwatched
 */
export async function handToWatchdog(
  order: HoldOrder,
  stderr: 'ignore' | 'inherit',
  world: World,
): Promise<void> {
  const child = startWatchdog(world.selfCommand, stderr);
  const failed = await new Promise<string | undefined>(resolve => {
    const cancel = world.clock.after(READY_MS, () => resolve('it did not answer'));
    const settle = (why: string | undefined) => {
      cancel();
      resolve(why);
    };
    child.on('error', error => settle(messageOf(error)));
    child.on('exit', () => settle('it ended at once'));
    child.stdout?.on(
      'data',
      messageReader<FromWatchdog>(({ type }) => type === 'ready' && settle(undefined)),
    );
    child.stdin?.write(`${JSON.stringify(order)}\n`);
  });
  if (failed === undefined) return;
  child.kill('SIGKILL');
  throw new SeqxError('SEQX_COMMAND_UNSTARTED', `cannot start the watchdog: ${failed}`);
}
