// The manual lists every option, subcommand and variable there is, in the words of the tables, and is sound
// mdoc. To renew its lists after a change: UPDATE_MAN=1 npx vitest run test/unit/man.test.ts

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentName, oldNamesOf, SETTING_ROWS, type SettingName } from '../../src/base/settings.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { type Flag, type Subcommand, surfaceOf } from '../../src/cli/surface.ts';
import { lacks } from '../helpers/capability.ts';
import { ROOT } from '../helpers/paths.ts';

const PAGE = join(ROOT, 'man', 'seqx.1');
const { flags, subcommands } = surfaceOf(COMMANDS);
const COMMON = ['--scope', '--lock', '--cwd', '--help'];

/** Text as troff takes it: nothing is a request, hyphens of options are hyphens that can be copied. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replace(/`([^`]*)`/g, '\\(lq$1\\(rq')
    .replaceAll('-', '\\-')
    .replace(
      /[^\u0000-\u007f]/g,
      char => `\\[u${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^(?=[.'])/, '\\&');

const sentence = (text: string): string =>
  plain(`${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`);

const list = (items: readonly string[]): string[] => ['.Bl -tag -width Ds', ...items, '.El'];

function argument({ takes }: Flag): string {
  if (takes === 'nothing') return '';
  return typeof takes === 'string' ? ` Ar ${takes === 'text' ? 'value' : takes}` : ` Ar ${takes.join(' | ')}`;
}

function item(flag: Flag, more: readonly string[] = []): string[] {
  const spelled = flag.names.map(name => `Fl ${name.slice(1)}${argument(flag)}`).join(' , ');
  return [`.It ${spelled}`, sentence(flag.help === '' ? 'See the documentation' : flag.help), ...more];
}

const defaults = new Map(Object.values(SETTING_ROWS).map(row => [`--${row.flag}`, row.shown as string]));

const options = (): string[] =>
  list(
    flags.flatMap(flag => {
      const shown = defaults.get(flag.names[0] ?? '');
      return item(flag, shown === undefined ? [] : [`Default: ${plain(shown)}.`]);
    }),
  );

function command({ usage, help, flags: own, variants }: Subcommand): string[] {
  const special = own.filter(({ names }) => !COMMON.includes(names[0] ?? ''));
  const known = own.map(({ names }) => names[0]);
  const deeper = variants.flatMap(({ word, flags: all }) => {
    const added = all.filter(({ names }) => !known.includes(names[0]));
    return added.length === 0
      ? []
      : ['.Pp', `With ${plain(word)}:`, ...list(added.flatMap(flag => item(flag)))];
  });
  const flagList = special.length === 0 ? [] : list(special.flatMap(flag => item(flag)));
  return [`.It Ic seqx ${plain(usage)}`, sentence(help), ...flagList, ...deeper];
}

const environment = (): string[] =>
  list(
    (Object.keys(SETTING_ROWS) as SettingName[]).flatMap(name => {
      const { flag } = SETTING_ROWS[name];
      const old = oldNamesOf(name).map(oldName => ` , ${oldName}`);
      return [`.It Ev ${environmentName(flag)}${old.join('')}`, `The same as\n.Fl -${flag} .`];
    }),
  );

const BLOCKS: readonly (readonly [string, () => string[]])[] = [
  ['options', options],
  ['commands', () => list(subcommands.flatMap(command))],
  ['environment', environment],
];

test.each(BLOCKS)('its list of %s is the table’s', (name, lines) => {
  const block = new RegExp(`(\\.\\\\" ${name}: [^\\n]*\\n)([\\s\\S]*?)(\\.\\\\" end\\n)`);
  const wanted = `${lines().join('\n')}\n`;
  const text = readFileSync(PAGE, 'utf8');
  if (process.env.UPDATE_MAN) {
    writeFileSync(
      PAGE,
      text.replace(block, (_all, head, _old, tail) => `${head}${wanted}${tail}`),
    );
  }
  expect(block.exec(readFileSync(PAGE, 'utf8'))?.[2]).toBe(wanted);
});

test('every exit code of docs/exit-codes.md is in it', () => {
  const codes = readFileSync(join(ROOT, 'docs', 'exit-codes.md'), 'utf8').matchAll(/^\| (\d+) \|/gm);
  const found = [...codes].map(([, code]) => `.It ${code}\n`);
  expect(found.length).toBeGreaterThan(5);
  const page = readFileSync(PAGE, 'utf8');
  for (const line of found) expect(page).toContain(line);
});

test('every page of docs is named in it', () => {
  const named = [...readFileSync(PAGE, 'utf8').matchAll(/\b[a-z-]+\.md\b/g)].map(([name]) => name);
  expect(named).toEqual(readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md')));
});

describe('as a page', () => {
  const lacksMan = lacks('man') || lacks('groff');

  test.skipIf(lacksMan)('it is rendered without a warning, and shows what is typed as it is typed', () => {
    const env = {
      ...process.env,
      MANWIDTH: '100',
      MANPAGER: 'cat',
      LC_ALL: 'C.UTF-8',
      MAN_KEEP_FORMATTING: '',
    };
    const { status, stdout, stderr } = spawnSync('man', ['--warnings', '-l', PAGE], {
      encoding: 'utf8',
      env,
    });
    expect([status, stderr]).toEqual([0, '']);
    for (const { names } of flags) expect(stdout).toContain(names[0]);
    for (const { name } of subcommands) expect(stdout).toContain(`seqx ${name}`);
    expect(stdout).toContain('eval "$(seqx completion bash)"');
    expect(stdout).not.toMatch(/\\\(|\\\[|\\e/);
  });

  test.skipIf(lacks('mandoc'))('mandoc finds nothing to say about it', () => {
    const said = execFileSync('mandoc', ['-Tlint', '-Wwarning', PAGE], { encoding: 'utf8' });
    expect(said).toBe('');
  });
});
