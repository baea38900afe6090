// Local sockets between contenders. A connection ends when its owner's process ends, however that happened:
// the kernel closes it. Nothing is polled and no thundering herd wakes, since each listens to one other.

import { connect, createServer, type Socket } from 'node:net';
import { errnoOf } from '../base/errors.ts';
import type { SocketEnd, Sockets } from '../base/ports.ts';

/**
 * libuv cuts longer paths without a word and listens under the shorter name (uv_pipe_bind); macOS has room
 * for 104 bytes with the final zero.
 */
const LONGEST_PATH_BYTES = 103;
const LONGEST_MESSAGE = 256;
const ANSWER_MS = 1_000;
/** Answers to a message, and to everybody who watches. Whoever watches sends nothing. */
const TAKEN = 'ok\n';
const NUDGE = 'look\n';
/**
 * Whoever looked just before the nudge connects just after it. Told a few times and not at once each time: those
 * who look again connect again.
 */
const NUDGE_AGAIN_MS = [50, 250];

const isTooLong = (path: string) => Buffer.byteLength(path) > LONGEST_PATH_BYTES;

export const localSockets: Sockets = {
  listen: (path, onMessage) =>
    new Promise(resolve => {
      if (isTooLong(path)) return resolve(undefined);
      const guests = new Set<Socket>();
      const server = createServer(guest => {
        guests.add(guest);
        guest.on('error', () => guest.destroy());
        guest.on('close', () => guests.delete(guest));
        readLine(guest, text => {
          onMessage(text);
          guest.end(TAKEN);
        });
      });
      const again: ReturnType<typeof setTimeout>[] = [];
      const close = () => {
        for (const timer of again.splice(0)) clearTimeout(timer);
        server.close();
        for (const guest of guests) guest.destroy();
      };
      const tell = () => {
        for (const guest of guests) guest.write(NUDGE);
      };
      const nudge = () => {
        tell();
        again.push(...NUDGE_AGAIN_MS.map(ms => setTimeout(tell, ms).unref()));
      };
      server.on('error', () => resolve(undefined));
      server.listen(path, () => resolve({ close, nudge }));
    }),

  watch: (path, onEnd) => {
    if (isTooLong(path)) {
      const now = setImmediate(onEnd, 'missing');
      return () => clearImmediate(now);
    }
    let isConnected = false;
    const socket = connect(path, () => {
      isConnected = true;
    });
    let failure: SocketEnd = 'refused';
    socket.on('error', error => {
      failure = absence(error, path);
    });
    socket.on('close', () => onEnd(isConnected ? 'ended' : failure));
    socket.on('data', () => socket.destroy());
    return () => {
      socket.removeAllListeners('close');
      socket.destroy();
    };
  },

  probe: path =>
    new Promise(resolve => {
      if (isTooLong(path)) return resolve('missing');
      const socket = connect(path, () => {
        resolve('connected');
        socket.destroy();
      });
      socket.on('error', error => resolve(absence(error, path)));
    }),

  send: (path, text) =>
    new Promise(resolve => {
      if (isTooLong(path)) return resolve(false);
      const socket = connect(path, () => socket.write(`${text}\n`));
      const giveUp = setTimeout(() => socket.destroy(), ANSWER_MS);
      let isTaken = false;
      socket.on('data', (answer: Buffer) => {
        isTaken ||= answer.includes(TAKEN);
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        clearTimeout(giveUp);
        resolve(isTaken);
      });
    }),
};

/**
 * ECONNREFUSED is a socket whose owner has died. A file that is not there proves nothing, since cleaners exist;
 * a Windows pipe that is not there has no owner.
 */
function absence(error: unknown, path: string): 'refused' | 'missing' {
  const isPipe = path.startsWith('\\\\.\\pipe\\');
  return errnoOf(error) === 'ECONNREFUSED' || (isPipe && errnoOf(error) === 'ENOENT') ? 'refused' : 'missing';
}

function readLine(socket: Socket, onLine: (line: string) => void): void {
  let text = '';
  const onData = (chunk: Buffer) => {
    text += chunk.toString('latin1');
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= LONGEST_MESSAGE) return;
    socket.off('data', onData);
    if (end >= 0) onLine(text.slice(0, end));
    else socket.destroy();
  };
  socket.on('data', onData);
}
