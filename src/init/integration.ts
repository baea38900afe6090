// What an integration is: something that sends heavy commands through the gate without anyone typing `seqx`.
// Each one plans, from what it finds, which files should read how; nothing here writes. Applying a plan, under
// a lock, is operations/init.ts.

import type { SystemName } from '../base/ports.ts';
import type { Project } from '../base/project.ts';

/** Where `seqx init` was called, and how an integration may look around. */
export interface InitContext {
  /** The real path of the directory of the call. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** `undefined` for a user that the system does not know. */
  readonly home: string | undefined;
  readonly project: Project;
  /** The folder of all gates of this user. */
  readonly state: string;
  readonly system: SystemName;
  /** Runs a program for its answer (`git rev-parse …`, `make --version`); `code` is undefined if it cannot start. */
  readonly ask: (file: string, args: readonly string[]) => Promise<ProgramAnswer>;
}

export interface ProgramAnswer {
  readonly code: number | undefined;
  readonly stdout: string;
}

export interface InitRequest {
  /** Words after the integration's name: tool names, or the command after `--`. */
  readonly words: readonly string[];
  /** The integration's own flags, as yargs read them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly isRemoval: boolean;
}

/** One file, byte for byte; `undefined` is a file that is not there. */
export interface FileChange {
  readonly path: string;
  readonly before: Buffer | undefined;
  readonly after: Buffer | undefined;
  /** Permission bits of a file that is created; an existing file keeps its own. */
  readonly mode?: number | undefined;
}

export interface InitPlan {
  /** Empty when everything is already as asked. */
  readonly changes: readonly FileChange[];
  /** The answer that was asked for, for stdout (`--user` prints a line to paste). */
  readonly answer?: string | undefined;
  /** Folders of seqx's own, deepest first: each goes when the plan leaves nothing in it. */
  readonly folders?: readonly string[] | undefined;
  /** What people should know or type next, one line each, for stderr. */
  readonly notes: readonly string[];
}

/** How things stand, for `seqx doctor`. */
export interface IntegrationState {
  /** `absent`: nothing here it could apply to. `open`: a path around the gate is left. */
  readonly state: 'active' | 'open' | 'absent';
  /** One line: what is in place, or which path is left open. */
  readonly detail: string;
  /** What to type to close it. */
  readonly hint?: string | undefined;
}

export interface Integration {
  readonly name: string;
  /** The words after `seqx init`, as in a manual. */
  readonly usage: string;
  readonly describe: string;
  /** Which files it changes, for the table of `seqx init --help`. */
  readonly touches: string;
  /** Its own flags, in yargs' words. */
  readonly options: Readonly<
    Record<string, { type: 'boolean' | 'string' | 'array'; describe: string; string?: boolean }>
  >;
  /** @throws SeqxError when something malformed or foreign is in the way; nothing has been touched then */
  plan(request: InitRequest, context: InitContext): Promise<InitPlan>;
  inspect(context: InitContext): Promise<IntegrationState>;
}
