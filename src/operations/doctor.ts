// What seqx sees of its surroundings: where its state lies, which settings are in force and why, what this
// platform can do, and what crashes have left behind.

import { checkStateFolder } from '../backend/file/gate-folder.ts';
import { messageOf } from '../base/errors.ts';
import { oldParallelNote } from '../base/old-parallel.ts';
import { SETTING_ROWS, type SettingName } from '../base/settings.ts';
import { journalFolder, journalPath } from '../journal/journal.ts';
import { findPlace, type PlaceOptions } from '../place.ts';
import { type InspectedIntegration, inspectIntegrations } from './init.ts';
import { planKillAll } from './kill-all.ts';
import type { GateStatus } from './status.ts';

export interface DoctorReport {
  readonly schema: 'seqx.doctor/1';
  readonly node: string;
  readonly system: string;
  readonly gate: GateStatus['gate'];
  readonly stateFolder: { readonly path: string; readonly exists: boolean; readonly problem: string | null };
  readonly journal: string | null;
  readonly settings: readonly {
    readonly name: string;
    readonly value: string | number | boolean | null;
    readonly origin: string;
    /** What else is set for it, and why that does not count. */
    readonly note?: string | undefined;
  }[];
  readonly abilities: readonly {
    readonly what: string;
    readonly works: boolean;
    readonly otherwise: string;
  }[];
  /** What sends commands through the gate here without anyone typing `seqx`, and which paths past it are left. */
  readonly integrations: readonly InspectedIntegration[];
  /** What a crash left and the next run, or kill-all, clears. */
  readonly stale: number;
  readonly leftovers: readonly { readonly pid: number; readonly command: readonly string[] }[];
}

const ABILITIES = {
  freeze: [
    'stop a process tree while it is measured and ended',
    'a tree is ended without being stopped first',
  ],
  readRunToken: [
    'find processes of a run by their token',
    'processes that leave the parent chain are not found',
  ],
  proportionalMemory: [
    'count shared memory once (PSS)',
    'memory limits use RSS, which counts shared pages more than once',
  ],
  openFiles: ['see whether a git lock file is in use', 'git locks are judged by git processes and age alone'],
} as const;

/** @throws SeqxError for a malformed configuration: the message is the diagnosis */
export async function doctor(options: PlaceOptions = {}): Promise<DoctorReport> {
  const place = await findPlace(options);
  const state = inspectState(place.state, place.disk.stat(place.state) !== undefined, () =>
    checkStateFolder(place.state, place.disk, place.platform),
  );
  // A folder that is not safe is looked at no further.
  const [plan] = state.problem === null ? await planKillAll(options) : [];
  const folder = journalFolder(place.gate.hash, place.env);
  const { hash, ...gate } = place.gate;
  return {
    schema: 'seqx.doctor/1',
    node: process.version,
    system: place.platform.system,
    gate: { id: hash, ...gate },
    stateFolder: state,
    journal: folder === undefined ? null : journalPath(folder),
    settings: (Object.keys(SETTING_ROWS) as SettingName[]).map(name => ({
      name: SETTING_ROWS[name].flag,
      value: place.settings[name] ?? null,
      origin: place.origins[name],
      note: name === 'slots' ? oldParallelNote(place.env) : undefined,
    })),
    abilities: Object.entries(ABILITIES).map(([key, [what, otherwise]]) => ({
      what,
      works: place.platform.abilities[key as keyof typeof ABILITIES],
      otherwise,
    })),
    integrations: await inspectIntegrations(options),
    stale: plan?.stale ?? 0,
    leftovers: plan?.leftovers ?? [],
  };
}

function inspectState(path: string, exists: boolean, check: () => void): DoctorReport['stateFolder'] {
  try {
    if (exists) check();
    return { path, exists, problem: null };
  } catch (error) {
    return { path, exists, problem: messageOf(error) };
  }
}
