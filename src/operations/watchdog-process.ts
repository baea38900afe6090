// The process that `seqx __watchdog` is: reads its order from stdin, watches, and takes its leave when the
// wrapper's end of stdin closes without a word.

import { writeSync } from 'node:fs';
import { openStores } from '../assemble.ts';
import { realClock } from '../backend/clock.ts';
import { nodeDisk } from '../backend/disk.ts';
import { choosePlatform } from '../platform/index.ts';
import { type FromWatchdog, messageReader, type ToWatchdog, type WatchOrder } from '../run/watch-messages.ts';
import { Watchdog } from '../run/watchdog.ts';

const IGNORED_SIGNALS = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2'] as const;

/** Runs until told `done` or until the wrapper is gone and its run with it. */
export async function serveWatchdog(): Promise<void> {
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => {});
  const platform = await choosePlatform();
  let watchdog: Watchdog | undefined;
  let isDone = false;
  const begin = (order: WatchOrder) => {
    const stores = openStores(order.gate.folder, { disk: nodeDisk(platform.system), platform });
    watchdog = new Watchdog(order, say, { platform, clock: realClock, ...stores });
    say({ type: 'ready' });
    void watchdog.start();
  };
  await new Promise<void>(over => {
    process.stdin.on(
      'data',
      messageReader<ToWatchdog>(message => {
        if (message.type === 'watch') return begin(message);
        isDone = true;
        over();
      }),
    );
    process.stdin.on('end', over);
    process.stdin.on('error', () => over());
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
