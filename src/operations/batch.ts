// A list of commands under one ticket: for everybody else it is one run. Inside, as many run at once as `jobs` and
// memory allow, started in order, reported in order.

import { openWorld } from '../assemble.ts';
import { maskSecrets } from '../base/text.ts';
import type { BatchEntry } from '../batch/batch-entry.ts';
import type { BatchReport } from '../batch/batch-report.ts';
import { letGitFinish, takeGate } from '../gate.ts';
import { newPassage } from '../passage.ts';
import { findPlace, type Place } from '../place.ts';
import { type BatchCommand, prepareCommands } from './batch-commands.ts';
import { conclude } from './batch-result.ts';
import { type BatchOptions, type Work, workThrough } from './batch-work.ts';
import { insideGates } from './inside.ts';
import { type Reporting, reporting } from './reporting.ts';
import { listenForStops } from './stops.ts';

/**
 * Runs a list of commands through the gate, as one run: waits for its turn once, then runs them in order.
 * @param commands lines of shell, or exact words
 * @throws SeqxError SEQX_BATCH_INVALID for a list that cannot be run, before anything was; and as `run`
 */
export async function batch(
  commands: readonly (string | BatchEntry)[],
  options: BatchOptions = {},
): Promise<BatchReport> {
  const label = options.label ?? ['seqx', 'batch', ':::', ...commands.map(labelOf)];
  // Not the whole label: a rule for one of the commands is not one for all of them.
  const found = await findPlace({ ...options, argv: ['seqx', 'batch'] });
  const prepared = prepareCommands(
    commands.map(one => (typeof one === 'string' ? { line: one } : one)),
    found,
  );
  const place = withExclusive(found, prepared);
  const { gate, settings } = place;
  const report = reporting(place, options);
  report.emit({ type: 'gate-opened', gate: gate.name, argv: maskSecrets(label), settings });
  return report.during(() => passAndConclude(label, prepared, place, report, options));
}

/** Whoever has to be alone is so at the gate as well: the whole batch shares it with nobody. */
function withExclusive(place: Place, commands: readonly BatchCommand[]): Place {
  const exclusive = place.settings.exclusive || commands.some(({ isExclusive }) => isExclusive);
  return { ...place, settings: { ...place.settings, exclusive } };
}

function labelOf(one: string | BatchEntry): string {
  if (typeof one === 'string') return one;
  return one.name ?? one.line ?? one.argv?.join(' ') ?? '';
}

async function passAndConclude(
  argv: readonly string[],
  commands: readonly BatchCommand[],
  place: Place,
  { emit, descriptors }: Reporting,
  options: BatchOptions,
): Promise<BatchReport> {
  const world = openWorld(place, emit, { prepare: true });
  const stopListening = listenForStops(world.stop, options);
  const passage = newPassage();
  const { cwd, env, settings } = place;
  const request = { argv, cwd, env, settings, inside: insideGates() };
  try {
    const result = await takeGate(request, passage, world, async hold => {
      const git = await letGitFinish(request, hold, world);
      if (typeof git === 'object') return git;
      return workThrough({ commands, place, descriptors, options }, hold, passage, world);
    });
    const nothing = { commands, ends: new Map(), mostAtOnce: 0, peakBytes: undefined };
    const work: Work = 'ends' in result ? result : { ...nothing, outcome: result };
    return await conclude(argv, work, passage, place, world);
  } finally {
    stopListening();
  }
}
