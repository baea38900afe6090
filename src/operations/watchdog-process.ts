// The process that `seqx __watchdog` is: reads its order from stdin and watches. The watchdog of a run takes its
// leave when the wrapper's end of stdin closes without a word; that of a hold stays until its owner has ended.

import { writeSync } from 'node:fs';
import { openStores } from '../assemble.ts';
import { realClock } from '../backend/clock.ts';
import { nodeDisk } from '../backend/disk.ts';
import type { SeqxEvent } from '../base/events.ts';
import { choosePlatform } from '../platform/index.ts';
import { type FromWatchdog, messageReader, type ToWatchdog, type WatchOrder } from '../run/watch-messages.ts';
import { Watchdog } from '../run/watchdog.ts';
import { serveHold } from './hold-watchdog.ts';

const IGNORED_SIGNALS = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs until told `done`, until the wrapper is gone and its run with it, or until a hold is over.
 * @param emitHold hears what happens to a hold: there is no wrapper to tell it to
 */
export async function serveWatchdog(emitHold: (event: SeqxEvent) => void): Promise<void> {
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => {});
  const platform = await choosePlatform();
  let watchdog: Watchdog | undefined;
  let holding: Promise<void> | undefined;
  let isDone = false;
  const begin = (order: WatchOrder) => {
    const stores = openStores(order.gate.folder, { disk: nodeDisk(platform.system), platform });
    watchdog = new Watchdog(order, say, { platform, clock: realClock, ...stores });
    say({ type: 'ready' });
    void watchdog.start();
  };
  await new Promise<void>((over, fail) => {
    process.stdin.on(
      'data',
      messageReader<ToWatchdog>(message => {
        if (message.type === 'watch') return begin(message);
        if (message.type === 'hold') {
          holding = serveHold(message, emitHold, platform, () => say({ type: 'ready' }));
          holding.then(over, fail);
          return;
        }
        if (message.type === 'root') return watchdog?.addRoot(message.root);
        if (message.type === 'let-go') return void watchdog?.letGo(message.isForGood);
        isDone = true;
        over();
      }),
    );
    const onTieCut = () => holding ?? over();
    process.stdin.on('end', onTieCut);
    process.stdin.on('error', onTieCut);
  });
  if (isDone) await watchdog?.conclude();
  else await watchdog?.takeLeave();
}

/** Synchronous, so that a verdict is out before its signals are. A wrapper that is gone reads nothing. */
function say(message: FromWatchdog): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // EPIPE: stdin ends as well, and with it our watch
  }
}
