// When a git command may be started again: its own account says that it did nothing but find the index locked.

import { expect, test } from 'vitest';
import { mayStartTwice } from '../../../src/git/git-trace.ts';
import { hasLostRace } from '../../../src/git/lost-race.ts';

const SID = '20261121T114822.459964Z-H0a7c9cdf-P00003ac7';
const ADVICE = 'File exists.\n\nAnother git process seems to be running in this repository, e.g.\n…';

const line = (event: string, more: object = {}): string =>
  JSON.stringify({ event, sid: SID, thread: 'main', ...more });
const start = line('start', { argv: ['git', 'commit', '-qm', 'x'] });
const name = line('cmd_name', { name: 'commit', hierarchy: 'commit' });
const error = (msg: string): string => line('error', { msg });
const taken = error(`Unable to create '/home/me/web/.git/index.lock': ${ADVICE}`);
const exit = (code: number): string => line('exit', { code });

const trace = (...lines: string[]): string => lines.map(each => `${each}\n`).join('');

test.each([
  ['the index was locked', trace(start, name, taken, exit(128))],
  [
    'in another language',
    trace(
      start,
      error("Konnte '/w/.git/index.lock' nicht erstellen: Datei existiert.\n\nEin anderer…"),
      exit(128),
    ),
  ],
  [
    'in a linked worktree',
    trace(start, error(`Unable to create '/w/.git/worktrees/a/index.lock': ${ADVICE}`), exit(128)),
  ],
])('a race is lost when %s', (_what, text) => {
  expect(hasLostRace(text)).toBe(true);
});

test.each([
  ['nothing was told', ''],
  ['all went well', trace(start, name, exit(0))],
  ['it died of something else', trace(start, error('pathspec did not match'), exit(128))],
  [
    'it may not write there',
    trace(start, error("Unable to create '/w/.git/index.lock': Permission denied"), exit(128)),
  ],
  [
    'another lock was taken',
    trace(start, error(`Unable to create '/w/.git/HEAD.lock': ${ADVICE}`), exit(128)),
  ],
  [
    'a hook has run before',
    trace(start, line('child_start', { argv: ['.git/hooks/pre-commit'] }), taken, exit(128)),
  ],
  ['it became another program', trace(start, line('exec', {}), taken, exit(128))],
  [
    'a git below it has lost',
    trace(start, JSON.stringify({ event: 'error', sid: `${SID}/b`, msg: 'x' }), taken, exit(128)),
  ],
  ['there was another error', trace(start, error('cannot do this'), taken, exit(128))],
  ['it went on all the same', trace(start, taken, exit(1))],
  ['its account is torn', `${trace(start, taken, exit(128))}{"event":`],
  ['its account is foreign', trace(start, '"a text"', taken, exit(128))],
])('no race is lost when %s', (_what, text) => {
  expect(hasLostRace(text)).toBe(false);
});

test.each([
  ['git commit -m x', true],
  ['/usr/bin/git -C /w add .', true],
  ['git -c a.b=c checkout -b new', true],
  ['git commit -F -', false],
  ['git commit -F-', false],
  ['git add --pathspec-from-file=-', false],
  ['git update-index --stdin', false],
  ['git rebase main', false],
  ['git cherry-pick a b', false],
  ['git stash', false],
  ['git status', false],
  ['make commit', false],
])('%s may be started twice: %s', (words, may) => {
  expect(mayStartTwice(words.split(' '))).toBe(may);
});
