// The end of what a command has written. Its own end is not that of the pipe: a daemon that it has left may hold
// it for ever.

import type { Readable } from 'node:stream';

const LOOK_MS = 50;
/** What has been written by then is there at once; a pipe that gives nothing for this long has no more. */
const STILL_LOOKS = 4;

/** Resolves when the stream has ended, or gives nothing more although somebody still holds its other end. */
export function drained(source: Readable): Promise<void> {
  return new Promise(resolve => {
    let stillLooks = 0;
    const onData = () => {
      stillLooks = 0;
    };
    const look = setInterval(() => {
      // While its reader is slow nothing can be known of it.
      stillLooks = source.isPaused() ? 0 : stillLooks + 1;
      if (source.closed || stillLooks >= STILL_LOOKS) done();
    }, LOOK_MS);
    const done = () => {
      clearInterval(look);
      source.off('data', onData);
      source.destroy();
      resolve();
    };
    source.on('data', onData);
    if (source.closed) done();
    else source.once('close', done);
  });
}
