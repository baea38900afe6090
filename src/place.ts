// Where a call was made and what applies there: project, gate, settings with their origins. Touches nothing.

import { basename, join } from 'node:path';
import { nodeDisk } from './backend/disk.ts';
import { stateFolderPath } from './backend/file/gate-folder.ts';
import { type AgentConfig, readAgents } from './base/agents-config.ts';
import { refuseGreenConflict } from './base/ci.ts';
import { readConfigFiles } from './base/config.ts';
import { SeqxError } from './base/errors.ts';
import type { Disk, GateInfo, Platform } from './base/ports.ts';
import { findProject, gateHash, type Project, workingDirectory } from './base/project.ts';
import { type Rule, readRules, rulesFor } from './base/rules-config.ts';
import {
  environmentSource,
  type Origins,
  oldNamesSource,
  SETTING_ROWS,
  type SettingName,
  type SettingSource,
  type Settings,
  settle,
} from './base/settings.ts';
import { refuseMoreSlots } from './base/slots-limit.ts';
import { choosePlatform } from './platform/index.ts';

/** Where and how a call was made: what every command of the library starts from. */
export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly project: Project;
  readonly gate: GateInfo;
  /** The state folder that holds all gates of this user. */
  readonly state: string;
  readonly settings: Settings;
  readonly origins: Origins;
  /** In the order of the configuration files. */
  readonly agents: readonly AgentConfig[];
  readonly rules: readonly Rule[];
  readonly platform: Platform;
  readonly disk: Disk;
}

export interface PlaceOptions {
  /** Directory to work in; the process's own by default. */
  readonly cwd?: string | undefined;
  /** Environment for settings and for the command; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Values in their own units (milliseconds, bytes), stronger than every other source. */
  readonly settings?: Partial<Settings> | undefined;
  /** The command that the rules of the configuration are about. */
  readonly argv?: readonly string[] | undefined;
  /** Values as typed on a command line, by flag name without dashes. */
  readonly flags?: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds the project, settles the settings, names the gate. Touches nothing on disk.
 * @throws SeqxError SEQX_DIRECTORY_MISSING, SEQX_SETTING_INVALID, SEQX_CONFIG_UNREADABLE
 */
export async function findPlace(options: PlaceOptions): Promise<Place> {
  const cwd = workingDirectory(options.cwd);
  const env = options.env ?? process.env;
  const platform = await choosePlatform();
  const project = findProject(cwd);
  const flags: SettingSource = { values: options.flags ?? {}, describe: flag => `--${flag}` };
  const files = await readConfigFiles(project.root, env);
  const rules = readRules(files);
  const { settings: settled, origins: sources } = settle([
    flags,
    environmentSource(env),
    oldNamesSource(env),
    ...rulesFor(options.argv ?? [], rules),
    ...files,
  ]);
  const given = checked(options.settings);
  const settings = { ...settled, ...given };
  const origins = { ...sources, ...originsOf(given) };
  refuseMoreSlots(settings.slots, origins.slots, files);
  refuseGreenConflict(settings.conflictExitCode, origins.conflictExitCode, env);
  const state = stateFolderPath(env, platform);
  const gate = nameGate(project, settings, state, isPlain(origins));
  const agents = readAgents(files);
  const disk = nodeDisk(platform.system);
  return { cwd, env, project, gate, state, settings, origins, agents, rules, platform, disk };
}

const originsOf = (given: Partial<Settings>): Partial<Origins> =>
  Object.fromEntries(Object.keys(given).map(name => [name, `settings.${name}`]));

/** Who stands in the same folder and says nothing else comes to the same gate: defaults and files decided. */
const isPlain = ({ scope, lock }: Origins): boolean =>
  [scope, lock].every(origin => origin === 'default' || / in /.test(origin));

function nameGate(project: Project, settings: Settings, state: string, isUsual: boolean): GateInfo {
  const [scope, identity, name] = gateIdentity(project, settings);
  const hash = gateHash(scope, identity);
  const root = identity === project.identity ? project.root : identity;
  return { hash, name, folder: join(state, hash), root, plainRoot: isUsual ? root : '', scope };
}

function gateIdentity(project: Project, { lock, scope }: Settings): [string, string, string] {
  if (lock !== undefined) return ['lock', lock, lock];
  switch (scope) {
    case 'user':
      return ['user', 'user', 'user'];
    case 'worktree':
      return [scope, project.git?.workTree ?? project.identity, basename(project.root) || project.name];
    case 'repo':
      return [scope, project.identity, project.name];
  }
}

/**
 * Values given by a program instead of a person.
 * @throws SeqxError SEQX_SETTING_INVALID for a number that is none, or a word that is not one of those
 */
function checked(settings: Partial<Settings> = {}): Partial<Settings> {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)) {
      throw new SeqxError(
        'SEQX_SETTING_INVALID',
        `settings.${name} is ${value}; it takes a finite number from 0 up`,
      );
    }
    // Words, and counts: written as in a file they mean the same.
    const { parse, expected } = SETTING_ROWS[name as SettingName] ?? {};
    if ((typeof value === 'string' || name === 'weight') && parse?.(String(value)) === undefined) {
      throw new SeqxError(
        'SEQX_SETTING_INVALID',
        `settings.${name} is ${JSON.stringify(value)}; it takes ${expected}`,
      );
    }
  }
  return Object.fromEntries(given);
}
