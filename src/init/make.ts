// `seqx init make`: one line in the Makefile and seqx.mk beside it; or, for every make of this user without
// touching a Makefile, seqx.mk in the user's data folder and a line for the shell's profile.

import { dirname, join } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import { dataFolder } from './data-folder.ts';
import { changeOf, foreign, readIfThere, textOf } from './files.ts';
import type { FileChange, InitContext, InitPlan, InitRequest, Integration } from './integration.ts';
import { findMakefile } from './make-places.ts';
import { inspectMake } from './make-state.ts';
import { explainMake, judgeMake } from './make-version.ts';
import { addInclude, findInclude, removeInclude } from './makefile.ts';
import { shellWord } from './own-script.ts';
import { judgeSeqxMk, seqxMk } from './seqx-mk.ts';

export const make: Integration = {
  name: 'make',
  usage: 'make [--user]',
  describe: 'Gates plain `make`, as one run for each top-level make.',
  touches: 'the Makefile (one line at the top), seqx.mk beside it; --user: seqx.mk in ~/.local/share/seqx',
  options: {
    user: { type: 'boolean', describe: 'every make of this user: prints the line for your shell profile' },
  },
  plan: async (request, context) => {
    if (request.words.length > 0) {
      throw new SeqxError('SEQX_USAGE_INVALID', 'init make takes no words', 'seqx init make');
    }
    return request.options.user === true ? planUser(request, context) : planProject(request, context);
  },
  inspect: inspectMake,
};

async function planProject({ isRemoval }: InitRequest, context: InitContext): Promise<InitPlan> {
  const { cwd } = context;
  const makefile = findMakefile(cwd);
  if (makefile === undefined && !isRemoval) throw noMakefile(context);
  const included = makefile === undefined ? undefined : planInclude(join(cwd, makefile), isRemoval);
  const changes = [...planSeqxMk(join(cwd, 'seqx.mk'), isRemoval), ...(included?.changes ?? [])];
  if (isRemoval) return { changes: changes.reverse(), notes: included?.notes ?? [] };
  const problem = explainMake(judgeMake(await context.ask('make', ['--version'])));
  return {
    changes,
    notes: [
      ...(problem === undefined ? [] : [problem]),
      ...(changes.length > 0
        ? [`commit ${makefile} and seqx.mk: where seqx is missing, make only warns`]
        : []),
    ],
  };
}

function planInclude(path: string, isRemoval: boolean): InitPlan {
  const before = readIfThere(path);
  const text = textOf(before);
  const found = findInclude(text);
  if (!isRemoval) return { changes: found ? [] : changeOf(path, before, addInclude(text)), notes: [] };
  // Words that are not ours were there before us, and stay.
  const notes = found === 'other' ? [`${path} includes seqx.mk in words of its own; that line stays`] : [];
  return { changes: changeOf(path, before, removeInclude(text)), notes };
}

function planSeqxMk(path: string, isRemoval: boolean): FileChange[] {
  const before = readIfThere(path);
  switch (before && judgeSeqxMk(before)) {
    case 'foreign':
      if (isRemoval) return [];
      throw foreign(path, 'was not written by seqx', `mv ${shellWord(path)} somewhere-else`);
    case 'edited':
      throw foreign(
        path,
        'was changed by hand since seqx wrote it',
        `rm ${shellWord(path)}   (then run it again)`,
      );
    case 'current':
      return isRemoval ? changeOf(path, before, undefined) : [];
    default:
      return changeOf(path, before, isRemoval ? undefined : seqxMk());
  }
}

function noMakefile({ cwd, project }: InitContext): SeqxError {
  const isInRoot = project.root !== cwd && findMakefile(project.root) !== undefined;
  return new SeqxError(
    'SEQX_USAGE_INVALID',
    `there is no Makefile in ${cwd}`,
    isInRoot
      ? `seqx --cwd ${shellWord(project.root)} init make`
      : 'seqx init make --user   (every make of this user)',
  );
}

/** `MAKEFILES` is a list of words; make has no way to write a blank inside one. */
function planUser({ isRemoval }: InitRequest, context: InitContext): InitPlan {
  const hint = 'XDG_DATA_HOME=/a/folder/of/yours seqx init make --user';
  const path = join(dataFolder(context, hint), 'seqx.mk');
  const changes = planSeqxMk(path, isRemoval);
  const folders = [dirname(path)];
  if (isRemoval) {
    return { changes, folders, notes: [`remove \`export MAKEFILES=…${path}\` from your shell profile`] };
  }
  if (/\s/.test(path)) {
    throw new SeqxError(
      'SEQX_USAGE_INVALID',
      `MAKEFILES cannot name ${path}: there is a blank in it`,
      'XDG_DATA_HOME=/a/path/without/blanks seqx init make --user',
    );
  }
  return {
    changes,
    folders,
    answer: `export MAKEFILES="\${MAKEFILES:+$MAKEFILES }"${shellWord(path)}`,
    notes: [
      'add this line to your shell profile; every make of this user then goes through its project’s gate',
    ],
  };
}
