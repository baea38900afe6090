// What GitHub Actions is told, in its own words; and that no text can be more than one command.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HolderView, SeqxEvent } from '../../../../src/base/events.ts';
import type { Outcome } from '../../../../src/base/outcome.ts';
import { settle } from '../../../../src/base/settings.ts';
import { endLine } from '../../../../src/cli/report/endings.ts';
import { spokenLevels } from '../../../../src/cli/report/lines.ts';
import {
  annotation,
  endAnnotation,
  gitNotice,
  waitNotice,
  workflowCommand,
} from '../../../../src/cli/report/workflow-command.ts';

const GIB = 2 ** 30;
const SUBJECT = { gate: 'web', command: '"npm test"' };
const { settings } = settle([]);
const SPOKEN = spokenLevels(settings);
const QUIET = spokenLevels({ ...settings, quiet: true });
const HIGH: SeqxEvent = { type: 'memory-high', pid: 5, processes: 2, bytes: GIB, limitBytes: 2 * GIB };
const HOLDER = { pid: 4321, command: ['npm', 'test'], isSuspended: false } as unknown as HolderView;

const ending = (outcome: Outcome, spoken = SPOKEN) => {
  const stats = { ticket: 'x', waitedMs: 5, ranMs: 5, peakBytes: undefined, position: 1, of: 1 };
  const line = endLine(outcome, stats, undefined, 75, SUBJECT);
  return endAnnotation({ type: 'ended', outcome, stats }, line, spoken);
};

describe('a command', () => {
  test.each([
    ['50% of 2', '50%25 of 2'],
    ['one\ntwo\r\nthree', 'one%0Atwo%0D%0Athree'],
    ['%0A', '%250A'],
    ['::error::x', '::error::x'],
  ])('%j is written as %j', (text, written) => {
    expect(workflowCommand('notice', text)).toBe(`::notice title=seqx::${written}\n`);
  });

  test('is one line whatever the text, and the runner gets the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const line = workflowCommand('warning', text);
        expect(line.match(/[\r\n]/g)).toEqual(['\n']);
        const data = line.slice('::warning title=seqx::'.length, -1);
        // As ActionCommand.UnescapeData of the runner does.
        expect(data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')).toBe(text);
      }),
    );
  });
});

describe('annotations', () => {
  test('memory that runs out is a warning', () => {
    expect(annotation(HIGH, SUBJECT, SPOKEN)).toMatch(
      /^::warning title=seqx::memory: "npm test" .* \(50%25\)\n$/,
    );
  });

  test('what is lost is an error, even with --quiet', () => {
    expect(annotation({ type: 'slot-lost' }, SUBJECT, QUIET)).toMatch(/^::error title=seqx::LOST THE LOCK/);
  });

  test('--quiet silences notices and warnings', () => {
    expect(annotation(HIGH, SUBJECT, QUIET)).toBeUndefined();
  });

  test.each<SeqxEvent>([
    { type: 'queued', ticket: 'deadbeef' },
    { type: 'started', pid: 5 },
    { type: 'journal-failed', reason: 'x' },
  ])('$type is no annotation', event => {
    expect(annotation(event, SUBJECT, spokenLevels({ ...settings, verbose: true }))).toBeUndefined();
  });
});

describe('waits', () => {
  test('of a second and more are a notice that names who was ahead', () => {
    expect(waitNotice(38_000, HOLDER, SUBJECT)).toBe(
      '::notice title=seqx::waited 38s for web, behind pid 4321 "npm test"\n',
    );
    expect(waitNotice(38_000, undefined, SUBJECT)).toBe('::notice title=seqx::waited 38s for web\n');
    expect(waitNotice(999, HOLDER, SUBJECT)).toBeUndefined();
  });

  test('for git are a notice', () => {
    const event = {
      type: 'git-waited',
      root: '/w',
      what: '.git/index.lock',
      pid: 5,
      command: ['git', 'gc'],
    } as const;
    expect(gitNotice({ ...event, waitedMs: 2_000 })).toBe(
      '::notice title=seqx::waited for git in /w: .git/index.lock held by pid 5 "git gc" (2s)\n',
    );
    expect(gitNotice({ ...event, waitedMs: 900 })).toBeUndefined();
  });
});

describe('endings', () => {
  test.each<[Outcome, string]>([
    [{ kind: 'not-run', reason: 'wait-passed' }, 'gave up after 5ms'],
    [{ kind: 'not-run', reason: 'busy' }, 'web is taken; nothing was run'],
    [{ kind: 'not-run', reason: 'cancelled' }, 'cancelled in the queue of web; nothing was run'],
    [{ kind: 'not-started', why: 'not-found', detail: '' }, '"npm test": command not found'],
    [{ kind: 'ended', by: 'memory', signal: 'SIGKILL' }, 'memory: ended "npm test"'],
    [{ kind: 'ended', by: 'timeout', signal: 'SIGTERM' }, '"npm test" was ended by --timeout'],
  ])('%j is an error', (outcome, text) => {
    expect(ending(outcome)?.startsWith(`::error title=seqx::${text}`)).toBe(true);
  });

  test.each<Outcome>([
    { kind: 'exited', code: 0 },
    { kind: 'exited', code: 2 },
    { kind: 'signalled', signal: 'SIGSEGV' },
  ])('%j is left to the runner', outcome => {
    expect(ending(outcome, spokenLevels({ ...settings, verbose: true }))).toBeUndefined();
  });
});
