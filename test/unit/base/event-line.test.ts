// An event as a line of JSON: what every line has, and what no line shows.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventLines } from '../../../src/base/event-line.ts';
import type { SeqxEvent } from '../../../src/base/events.ts';
import { settle } from '../../../src/base/settings.ts';

const AT = '2026-11-21T09:00:00.000Z';
const lines = (...events: SeqxEvent[]): string[] => events.map(eventLines(() => new Date(AT)));
const opened = (argv: readonly string[]): SeqxEvent => ({
  type: 'gate-opened',
  gate: 'web',
  argv,
  settings: settle([]).settings,
});
const QUEUED: SeqxEvent = { type: 'queued', ticket: 'deadbeef' };
const STATS = { waitedMs: 1, ranMs: 2, peakBytes: undefined, position: undefined, of: undefined };

test('is one object with schema, time and type', () => {
  expect(lines({ type: 'watchdog-lost' })).toEqual([
    `{"schema":"seqx.event/1","at":"${AT}","type":"watchdog-lost"}\n`,
  ]);
});

test('has the ticket from the event that first names it', () => {
  const found = lines(opened(['make']), QUEUED, { type: 'started', pid: 5 }).map(line => JSON.parse(line));
  expect(found.map(({ ticket }) => ticket)).toEqual([undefined, 'deadbeef', 'deadbeef']);
});

test('has the ticket of a run that was never queued at its end', () => {
  const ended = (ticket: string): SeqxEvent => ({
    type: 'ended',
    outcome: { kind: 'exited', code: 0 },
    stats: { ...STATS, ticket },
  });
  expect(JSON.parse(lines(ended('deadbeef'))[0] ?? '').ticket).toBe('deadbeef');
  expect(JSON.parse(lines(ended(''))[0] ?? '')).not.toHaveProperty('ticket');
});

describe('a command line', () => {
  const secret = ['curl', '--token=abc', '--password', 'abc', 'https://me:abc@host/', '-HAuthorization: abc'];
  test.each<[string, SeqxEvent]>([
    ['of the run', opened(secret)],
    [
      'of the holder',
      { type: 'position', position: 1, of: 1, waitedMs: 5, holder: { pid: 5, command: secret } } as never,
    ],
    ['of a dead run', { type: 'stale-removed', pid: 5, command: secret, startedAt: undefined, why: 'gone' }],
    ['of a daemon', { type: 'daemons-left', processes: [{ pid: 5, command: secret }] }],
    ['of git', { type: 'git-waited', root: '/w', what: 'x', pid: 5, command: secret, waitedMs: 5 }],
  ])('%s keeps its secrets', (_whose, event) => {
    const [line = ''] = lines(event);
    expect(line).toContain('curl');
    expect(line).not.toContain('abc');
  });

  test('is cut, so that a line fits into one write to a pipe', () => {
    const [line = ''] = lines(opened(['make', 'x'.repeat(1_000_000), ...Array(10_000).fill('y')]));
    expect(line.length).toBeLessThan(4_096);
    expect(JSON.parse(line).argv.at(-1)).toBe('…');
  });
});

test('is one line without anything a terminal obeys, and gives every character back', () => {
  const hostile = fc.array(
    fc.string({
      unit: fc.constantFrom('\u001b[2J', '\n', '\u009b', '\u202e', '\u2028', '\u007f', 'ü', '👍'),
    }),
  );
  fc.assert(
    fc.property(hostile, argv => {
      const [line = ''] = lines(opened(argv));
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
      expect(line.endsWith('\n')).toBe(true);
      expect(JSON.parse(line).argv).toEqual(argv);
    }),
  );
});
