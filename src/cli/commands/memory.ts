// `seqx memory`: the machine, this project's runs and what dead ones have left; ends these, or waits for room.
// Made to be called between two pieces of work, by a person or by an agent's hook.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { count } from '../../base/text.ts';
import { formatBytes, formatDuration, parseDuration, parseSize } from '../../base/units.ts';
import {
  endLeftovers,
  type LeftoversEnded,
  type PlaceOptions,
  type ProjectMemory,
  projectMemory,
  type RoomWaited,
  waitForRoom,
} from '../../index.ts';
import { memoryText } from '../report/memory-text.ts';
import { answer, say } from '../report/screen.ts';
import type { Command } from './command.ts';

const NO_ROOM_EXIT = 75;
const HINT = 'seqx memory --wait-below 4G --timeout 5m';

export const memoryCommand: Command = {
  name: 'memory',
  usage: 'memory [--cleanup] [--wait-below SIZE [--timeout TIME] [--machine]] [--json]',
  describe: 'Shows the memory of the machine, of this project’s runs and of what dead runs have left.',
  settings: ['kill-grace'],
  options: (parser: Argv) =>
    parser.options({
      cleanup: { type: 'boolean', describe: 'end what dead runs have left; never a living run' },
      'wait-below': {
        type: 'string',
        describe: 'wait until this project’s runs and leftovers use no more; exit 75 after the timeout',
      },
      timeout: { type: 'string', describe: 'longest wait; 5m by default' },
      machine: { type: 'boolean', describe: 'with --wait-below: all that is used on the machine' },
      json: { type: 'boolean', describe: 'one JSON object, schema seqx.memory/1' },
    }),
  run: async (args, place) => {
    const below = readBelow(args);
    const cleaned = args.cleanup === true ? await endLeftovers(place) : undefined;
    const waited = below && (await waitForRoom({ ...place, ...below }));
    await tell(args.json === true, cleaned, waited, below?.belowBytes ?? 0, place);
    if (waited && !waited.isBelow) return NO_ROOM_EXIT;
    return (cleaned?.survivors.length ?? 0) > 0 ? 1 : 0;
  },
};

interface Below {
  readonly belowBytes: number;
  readonly timeoutMs?: number;
  readonly of: 'project' | 'machine';
}

function readBelow(args: Record<string, unknown>): Below | undefined {
  if (args['wait-below'] === undefined) {
    const alone = ['timeout', 'machine'].find(flag => args[flag] !== undefined);
    if (alone === undefined) return undefined;
    throw new SeqxError('SEQX_USAGE_INVALID', `memory: --${alone} goes with --wait-below`, HINT);
  }
  const belowBytes = readWith(parseSize, 'wait-below', args['wait-below'], 'a size such as 512M or 4G');
  const of = args.machine === true ? 'machine' : 'project';
  if (args.timeout === undefined) return { belowBytes, of };
  return {
    belowBytes,
    of,
    timeoutMs: readWith(parseDuration, 'timeout', args.timeout, 'a duration such as 30s or 5m'),
  };
}

/** @throws SeqxError SEQX_USAGE_INVALID; 0 would be no limit elsewhere, and can never be met here */
function readWith(
  parse: (text: string) => number | undefined,
  flag: string,
  text: unknown,
  expected: string,
): number {
  const value = typeof text === 'string' ? parse(text) : undefined;
  if (value !== undefined && (value > 0 || flag === 'timeout')) return value;
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `memory: --${flag} is ${JSON.stringify(text)}; it takes ${expected}`,
    HINT,
  );
}

/** With --json one object says it all; else the answer is on stdout, and what was done is on stderr. */
async function tell(
  isJson: boolean,
  cleaned: LeftoversEnded | undefined,
  waited: RoomWaited | undefined,
  belowBytes: number,
  place: PlaceOptions,
): Promise<void> {
  const memory = cleaned && !waited ? cleaned.after : await projectMemory(place);
  if (isJson) {
    const cleanup = cleaned && cleanupJson(cleaned);
    answer(JSON.stringify({ ...memory, cleanup, waited: waited && { belowBytes, ...waited } }));
    return;
  }
  if (cleaned) say(cleanupLines(cleaned));
  if (waited) say(waitedLine(waited, belowBytes));
  if (!cleaned && !waited) answer(memoryText(memory));
}

function cleanupJson({ before, after, ...rest }: LeftoversEnded) {
  const short = ({ usedBytes, machine, leftovers }: ProjectMemory) => ({
    usedBytes,
    availableBytes: machine.availableBytes,
    leftovers: leftovers.length,
  });
  return { before: short(before), after: short(after), ...rest };
}

function cleanupLines({ before, after, freedBytes, ended, killed, survivors }: LeftoversEnded): string {
  const line = (memory: ProjectMemory) =>
    `${count(memory.leftovers.length, 'process', 'processes')} left by dead runs, this project uses ${formatBytes(memory.usedBytes)}, ${formatBytes(memory.machine.availableBytes)} available`;
  const hard = killed.length > 0 ? ` (${killed.length} needed SIGKILL)` : '';
  return [
    `seqx: memory before: ${line(before)}`,
    `seqx: memory after:  ${line(after)}`,
    `seqx: freed ${formatBytes(freedBytes)}; ended ${count(ended, 'process', 'processes')}${hard}`,
    ...(survivors.length > 0 ? [`seqx: could not end pid ${survivors.join(', ')}`] : []),
    '',
  ].join('\n');
}

function waitedLine(
  { isBelow, waitedMs, usedBytes, availableBytes }: RoomWaited,
  belowBytes: number,
): string {
  const figures = `${formatBytes(usedBytes)} used, ${formatBytes(availableBytes)} available`;
  return isBelow
    ? `seqx: memory is below ${formatBytes(belowBytes)} after ${formatDuration(waitedMs)}: ${figures}\n`
    : `seqx: memory is not below ${formatBytes(belowBytes)} after ${formatDuration(waitedMs)}: ${figures} (exit ${NO_ROOM_EXIT})\n  try: seqx doctor --memory\n`;
}
