// `seqx status`: who holds the gate and who waits. `seqx queue` is the same as plain lines.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { type GateStatus, type PlaceOptions, status } from '../../index.ts';
import { answer, hasColors, isTerminal } from '../report/screen.ts';
import { plainStatus, statusText } from '../report/status-text.ts';
import type { Command } from './command.ts';

const REFRESH_MS = 1_000;

export const statusCommand: Command = {
  name: 'status',
  usage: 'status [--json | --plain | --watch]',
  describe: 'Shows who holds the gate and who waits, in the order in which they will run.',
  options: (parser: Argv) =>
    parser
      .options({
        json: { type: 'boolean', describe: 'one JSON object, schema seqx.status/1' },
        plain: { type: 'boolean', describe: 'PID:TIMESTAMP:COMMAND lines, the holder first' },
        watch: { type: 'boolean', alias: 'w', describe: 'refresh in place, once a second' },
      })
      .conflicts({ json: ['plain', 'watch'], plain: ['watch'] }),
  run: async (args, place) => {
    if (args.watch === true) return watch(place);
    const report = await status(place);
    answer(render(report, args));
    return 0;
  },
};

export const queueCommand: Command = {
  name: 'queue',
  usage: 'queue',
  describe: 'The same as `seqx status --plain`: PID:TIMESTAMP:COMMAND lines, the holder first.',
  options: (parser: Argv) => parser,
  run: async (_args, place) => {
    const lines = plainStatus(await status(place));
    if (lines !== '') answer(lines);
    return 0;
  },
};

function render(report: GateStatus, args: Record<string, unknown>): string {
  if (args.json === true) return JSON.stringify(report, null, isTerminal(1) ? 2 : undefined);
  return args.plain === true ? plainStatus(report) : statusText(report, hasColors(1));
}

/** Rewrites the screen from its top; what was on it before comes back at the end. */
async function watch(place: PlaceOptions): Promise<number> {
  if (!isTerminal(1)) {
    throw new SeqxError('SEQX_PLATFORM_UNSUPPORTED', '--watch needs a terminal', 'seqx status --json');
  }
  let isOver = false;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      isOver = true;
      stop.abort();
    });
  }
  answer('\u001b[?1049h\u001b[?25l');
  try {
    await refresh(place, () => isOver, stop.signal);
  } finally {
    answer('\u001b[?25h\u001b[?1049l');
  }
  return 0;
}

async function refresh(place: PlaceOptions, isOver: () => boolean, signal: AbortSignal): Promise<void> {
  while (!isOver()) {
    const lines = statusText(await status(place), hasColors(1)).split('\n');
    const rows = process.stdout.rows ?? 24;
    answer(
      `\u001b[H${lines
        .slice(0, rows - 1)
        .map(line => `${line}\u001b[K`)
        .join('\n')}\u001b[J`,
    );
    await sleep(REFRESH_MS, undefined, { signal }).catch(() => {});
  }
}
