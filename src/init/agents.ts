// `seqx init agents`: four agents to begin with, at the end of the project's seqx.toml. They are a starter: who
// changes them by hand keeps them, also from `--remove`.

import { join } from 'node:path';
import { readAgents, TASK_PLACE } from '../base/agents-config.ts';
import { messageOf, SeqxError } from '../base/errors.ts';
import { fileSource } from '../base/settings.ts';
import { ROLE_NAMES, starterText } from './agents-starter.ts';
import { changeOf, foreign, malformed, readIfThere, textOf } from './files.ts';
import type { InitContext, InitPlan, InitRequest, Integration, IntegrationState } from './integration.ts';
import { addBlock, findBlock, type OwnBlock } from './own-block.ts';

const NAME = 'init agents';
const EXAMPLE = `seqx ${NAME} -- my-agent --prompt ${TASK_PLACE}`;

export const agents: Integration = {
  name: 'agents',
  usage: 'agents [-- command with {task}]',
  describe: `Four agents for seqx plan and seqx delegate: ${ROLE_NAMES.join(', ')}.`,
  touches: 'seqx.toml in the project’s folder (lines at its end)',
  options: {},
  plan: planAgents,
  inspect: inspectAgents,
};

async function planAgents({ words, isRemoval }: InitRequest, context: InitContext): Promise<InitPlan> {
  const path = join(context.project.root, 'seqx.toml');
  const before = readIfThere(path);
  const text = before === undefined ? undefined : textOf(before);
  const block = findOwn(path, text);
  if (isRemoval) return planRemoval(path, before, block, words);
  checkCommand(words);
  // Without a command there is nothing that could be better than what is there.
  if (block && words.length === 0) return { changes: [], notes: await commandNotes(path, textOf(before)) };
  if (block?.isEdited) throw edited(path, `set the commands in ${path} by hand`);
  const rest = block ? block.rest : text;
  const others = Object.keys(await tablesOf(path, rest ?? ''));
  const missing = ROLE_NAMES.filter(name => !others.includes(name));
  const kept = ROLE_NAMES.filter(name => others.includes(name)).map(
    name => `${name} is there already; it was left as it is`,
  );
  if (missing.length === 0) return { changes: [], notes: kept };
  const body = Buffer.from(starterText(missing, words)).toString('latin1');
  const after = addBlock(rest, NAME, body);
  await checkResult(path, after);
  return { changes: changeOf(path, before, after), notes: [...kept, ...(await commandNotes(path, after))] };
}

function planRemoval(
  path: string,
  before: Buffer | undefined,
  block: OwnBlock | undefined,
  words: readonly string[],
): InitPlan {
  if (words.length > 0) throw usage(`${NAME} --remove takes no words`, `seqx ${NAME} --remove`);
  if (!block) return { changes: [], notes: [] };
  if (block.isEdited) throw edited(path, `take the lines from >>> to <<< out of ${path} by hand`);
  return { changes: changeOf(path, before, block.rest), notes: [] };
}

async function inspectAgents({ project }: InitContext): Promise<IntegrationState> {
  const path = join(project.root, 'seqx.toml');
  const tables = await tablesOf(path, textOf(readIfThere(path)));
  const names = Object.keys(tables);
  if (names.length === 0) return { state: 'absent', detail: `no agents in ${path}` };
  const [note] = await commandNotes(path, textOf(readIfThere(path)));
  const detail = `agents in ${path}: ${names.join(', ')}`;
  return note === undefined
    ? { state: 'active', detail }
    : { state: 'active', detail: `${detail}; ${note}`, hint: EXAMPLE };
}

function findOwn(path: string, text: string | undefined): OwnBlock | undefined {
  const block = findBlock(text ?? '', NAME);
  if (block !== 'half') return block;
  throw malformed(path, `has only one of the two marks of ${NAME}`, `take the other one out of ${path}, too`);
}

/** Which of the agents in a file cannot be delegated to yet. */
async function commandNotes(path: string, text: string): Promise<string[]> {
  const tables = await tablesOf(path, text);
  const unset = Object.entries(tables).flatMap(([name, table]) =>
    typeof table === 'object' && table !== null && 'command' in table ? [] : name,
  );
  return unset.length === 0
    ? []
    : [`still without a command: ${unset.join(', ')}; set it in ${path}, or: ${EXAMPLE}`];
}

/** The agents' tables of a file, whoever wrote them. */
async function tablesOf(path: string, text: string): Promise<Record<string, unknown>> {
  const { agents: tables } = await parse(path, text);
  return typeof tables === 'object' && tables !== null ? { ...tables } : {};
}

async function parse(path: string, text: string): Promise<Record<string, unknown>> {
  const toml = await import('smol-toml');
  try {
    return toml.parse(Buffer.from(text, 'latin1').toString());
  } catch (error) {
    throw malformed(path, `cannot be read: ${messageOf(error).split('\n')[0] ?? ''}`);
  }
}

/** @throws SeqxError before anything is written that seqx itself would refuse */
async function checkResult(path: string, text: string): Promise<void> {
  readAgents([fileSource(path, await parse(path, text))]);
}

function checkCommand(words: readonly string[]): void {
  if (words.length > 0 && !words.some(word => word.includes(TASK_PLACE))) {
    throw usage(`the command of ${NAME} needs ${TASK_PLACE} where the task goes`, EXAMPLE);
  }
}

const edited = (path: string, hint: string): SeqxError =>
  foreign(path, `has agents that were changed by hand since seqx ${NAME} wrote them`, hint);

const usage = (message: string, hint: string): SeqxError =>
  new SeqxError('SEQX_USAGE_INVALID', message, hint);
