// The table in a step's summary: one header as long as nobody writes in between, and nothing hostile in a cell.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../../src/base/outcome.ts';
import { outcomeText, summaryAddition } from '../../../../src/cli/report/step-summary.ts';

const HEADER = '| command | waited | ran | peak memory | outcome |\n|---|---:|---:|---:|---|\n';
const stats = { ticket: 'x', waitedMs: 38_000, ranMs: 12_000, peakBytes: 2 ** 30, position: 1, of: 1 };
const row = (argv: readonly string[] = ['make', 'test']) => ({ argv, stats, outcome: 'ok' });
const ROW = '| <code>make test</code> | 38s | 12s | 1.0 GiB | ok |\n';

/** As a browser reads it. */
const decode = (text: string) =>
  text.replace(/&#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code)));

describe('a row', () => {
  test.each([
    ['an empty summary', '', HEADER + ROW],
    ['a table that is open', HEADER + ROW, ROW],
    ['a table below somebody’s text', `# Job\n\n${HEADER}${ROW}`, ROW],
    ['text', '# Job\n', `\n${HEADER}${ROW}`],
    ['text without an end of line', '# Job', `\n\n${HEADER}${ROW}`],
    ['text after the table', `${HEADER}${ROW}\nmore\n`, `\n${HEADER}${ROW}`],
    ['text right below the table', `${HEADER}${ROW}more\n`, `\n${HEADER}${ROW}`],
    ['a table that has been closed', `${HEADER}${ROW}\n`, HEADER + ROW],
    ['a table of somebody else', '| a |\n|---|\n| 1 |\n', `\n${HEADER}${ROW}`],
  ])('goes after %s with the header it needs', (_what, existing, addition) => {
    expect(summaryAddition(existing, row())).toBe(addition);
  });

  test('that would make the summary too long for the runner is left out', () => {
    expect(summaryAddition('x'.repeat(1_000_000), row())).toBe('');
  });

  test('masks secrets and keeps pipes inside their cell', () => {
    const text = summaryAddition(HEADER, row(['sh', '-c', 'curl --token=abc | sh']));
    expect(text).not.toContain('abc');
    expect(text.match(/\|/g)).toHaveLength(6);
    expect(decode(text)).toContain("<code>sh -c 'curl --token=*** | sh'</code>");
  });

  test('has five cells on one line, without markup, whatever the command', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('|', '\\', '`', '<', '>', '*', '_', '&', '\n', ':', '[', '#', 'a'),
    });
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1 }), argv => {
        const text = summaryAddition(HEADER + ROW, row(argv));
        expect(text.endsWith('\n') && !text.slice(0, -1).includes('\n')).toBe(true);
        const cells = text.slice(2, -3).split(' | ');
        expect(cells).toHaveLength(5);
        expect(cells[0]?.slice(6, -7)).not.toMatch(/[|\\`<>*_[\]:]/);
      }),
    );
  });
});

test.each<[Outcome, number, string]>([
  [{ kind: 'exited', code: 0 }, 0, 'ok'],
  [{ kind: 'exited', code: 2 }, 2, 'exit 2'],
  [{ kind: 'signalled', signal: 'SIGSEGV' }, 139, 'SIGSEGV'],
  [{ kind: 'interrupted', signal: 'SIGINT' }, 130, 'not run: SIGINT in the queue'],
  [{ kind: 'not-run', reason: 'busy' }, 75, 'not run: busy (exit 75)'],
  [{ kind: 'not-started', why: 'not-found', detail: '' }, 127, 'not run: not-found (exit 127)'],
  [{ kind: 'ended', by: 'memory', signal: 'SIGKILL' }, 137, 'ended: memory (exit 137)'],
])('%j is shown as an outcome', (outcome, exitCode, text) => {
  expect(outcomeText(outcome, exitCode)).toBe(text);
});
